#include "peak/instantiate.hpp"

namespace nib::bench {

extern const Chains avx512_chains;
const Chains avx512_chains = make_chains<Avx512>("avx512");

} // namespace nib::bench
