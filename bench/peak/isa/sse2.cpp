#include "peak/instantiate.hpp"

namespace nib::bench {

extern const Probes sse2_probes;
const Probes sse2_probes = make_probes<Sse2>("sse2");

} // namespace nib::bench
