#include "peak/instantiate.hpp"

namespace nib::bench {

extern const Probes neon64_probes;
const Probes neon64_probes = make_probes<Neon64>("neon64");

} // namespace nib::bench
