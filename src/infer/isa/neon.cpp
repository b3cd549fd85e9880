#include "infer/kernels.hpp"

namespace nib::infer {

extern const EngineTable neon_table;
const EngineTable neon_table = make_table<Neon>("neon");

} // namespace nib::infer
