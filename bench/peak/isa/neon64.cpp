#include "peak/instantiate.hpp"

namespace nib::bench {

extern const Chains neon64_chains;
const Chains neon64_chains = make_chains<Neon64>("neon64");

} // namespace nib::bench
