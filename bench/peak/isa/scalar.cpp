#include "peak/instantiate.hpp"

namespace nib::bench {

extern const Chains scalar_chains;
const Chains scalar_chains = make_chains<Scalar>("scalar");

} // namespace nib::bench
