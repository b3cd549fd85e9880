#include "peak/instantiate.hpp"

namespace nib::bench {

extern const Probes neon_probes;
const Probes neon_probes = make_probes<Neon>("neon");

} // namespace nib::bench
