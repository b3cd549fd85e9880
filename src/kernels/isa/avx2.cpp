#include "kernels/instantiate.hpp"

namespace nib::kernels {

extern const Table avx2_table;
const Table avx2_table = make_table<Avx2>("avx2");

} // namespace nib::kernels
