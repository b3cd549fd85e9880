#include "kernels/instantiate.hpp"

namespace nib::kernels {

extern const Table sse2_table;
const Table sse2_table = make_table<Sse2>("sse2");

} // namespace nib::kernels
