#include "infer/kernels.hpp"

namespace nib::infer {

extern const EngineTable scalar_table;
const EngineTable scalar_table = make_table<Scalar>("scalar");

} // namespace nib::infer
