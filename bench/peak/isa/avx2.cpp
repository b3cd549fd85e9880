#include "peak/instantiate.hpp"

namespace nib::bench {

extern const Probes avx2_probes;
const Probes avx2_probes = make_probes<Avx2>("avx2");

} // namespace nib::bench
