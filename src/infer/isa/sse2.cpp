#include "infer/kernels.hpp"

namespace nib::infer {

extern const Table sse2_table;
const Table sse2_table = make_table<Sse2>("sse2");

} // namespace nib::infer
