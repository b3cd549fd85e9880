#include "peak/instantiate.hpp"

namespace nib::bench {

extern const Probes avx512_probes;
const Probes avx512_probes = make_probes<Avx512>("avx512");

} // namespace nib::bench
