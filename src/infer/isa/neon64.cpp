#include "infer/kernels.hpp"

namespace nib::infer {

extern const EngineTable neon64_table;
const EngineTable neon64_table = make_table<Neon64>("neon64");

} // namespace nib::infer
