#include "infer/kernels.hpp"

namespace nib::infer {

extern const EngineTable sse2_table;
const EngineTable sse2_table = make_table<Sse2>("sse2");

} // namespace nib::infer
