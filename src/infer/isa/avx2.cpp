#include "infer/kernels.hpp"

namespace nib::infer {

extern const EngineTable avx2_table;
const EngineTable avx2_table = make_table<Avx2>("avx2");

} // namespace nib::infer
