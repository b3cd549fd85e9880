#include "kernels/table.hpp"
#include "peak/probes.hpp"

#include <cstring>

namespace nib::bench {

extern const Probes scalar_probes, sse2_probes, avx2_probes, avx512_probes, neon64_probes, neon_probes;

const Probes* probes() noexcept
{
    static constexpr const Probes* all[] = {
#if defined(NIB_HAVE_AVX512)
        &avx512_probes,
#endif
#if defined(NIB_HAVE_AVX2)
        &avx2_probes,
#endif
#if defined(NIB_HAVE_SSE2)
        &sse2_probes,
#endif
#if defined(NIB_HAVE_NEON64)
        &neon64_probes,
#endif
#if defined(NIB_HAVE_NEON)
        &neon_probes,
#endif
        &scalar_probes,
    };
    for (const Probes* each : all) {
        if (std::strcmp(each->isa, kernels::table()->isa) == 0) return each;
    }
    return &scalar_probes;
}

} // namespace nib::bench
