#include "peak/instantiate.hpp"

namespace nib::bench {

extern const Chains avx2_chains;
const Chains avx2_chains = make_chains<Avx2>("avx2");

} // namespace nib::bench
