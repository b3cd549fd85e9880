#include "infer/kernels.hpp"

namespace nib::infer {

extern const Table neon_table;
const Table neon_table = make_table<Neon>("neon");

} // namespace nib::infer
