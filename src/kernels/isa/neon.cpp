#include "kernels/instantiate.hpp"

namespace nib::kernels {

extern const Table neon_table;
const Table neon_table = make_table<Neon>("neon");

} // namespace nib::kernels
