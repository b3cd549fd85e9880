#include "peak/instantiate.hpp"

namespace nib::bench {

extern const Probes scalar_probes;
const Probes scalar_probes = make_probes<Scalar>("scalar");

} // namespace nib::bench
