#include "infer/kernels.hpp"

namespace nib::infer {

extern const Table avx512_table;
const Table avx512_table = make_table<Avx512>("avx512");

} // namespace nib::infer
