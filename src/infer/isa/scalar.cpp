#include "infer/kernels.hpp"

namespace nib::infer {

extern const Table scalar_table;
const Table scalar_table = make_table<Scalar>("scalar");

} // namespace nib::infer
