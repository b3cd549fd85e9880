#include "infer/kernels.hpp"

namespace nib::infer {

extern const Table avx2_table;
const Table avx2_table = make_table<Avx2>("avx2");

} // namespace nib::infer
