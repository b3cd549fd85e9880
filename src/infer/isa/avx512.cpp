#include "infer/kernels.hpp"

namespace nib::infer {

extern const EngineTable avx512_table;
const EngineTable avx512_table = make_table<Avx512>("avx512");

} // namespace nib::infer
