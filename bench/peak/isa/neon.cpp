#include "peak/instantiate.hpp"

namespace nib::bench {

extern const Chains neon_chains;
const Chains neon_chains = make_chains<Neon>("neon");

} // namespace nib::bench
