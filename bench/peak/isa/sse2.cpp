#include "peak/instantiate.hpp"

namespace nib::bench {

extern const Chains sse2_chains;
const Chains sse2_chains = make_chains<Sse2>("sse2");

} // namespace nib::bench
