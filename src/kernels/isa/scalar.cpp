#include "kernels/instantiate.hpp"

namespace nib::kernels {

extern const Table scalar_table;
const Table scalar_table = make_table<Scalar>("scalar");

} // namespace nib::kernels
