#include "kernels/table.hpp"
#include "peak/chains.hpp"

#include <cstring>

namespace nib::bench {

extern const Chains scalar_chains, sse2_chains, avx2_chains, avx512_chains, neon64_chains, neon_chains;

const Chains* peak_chains() noexcept
{
    static constexpr const Chains* all[] = {
#if defined(NIB_HAVE_AVX512)
        &avx512_chains,
#endif
#if defined(NIB_HAVE_AVX2)
        &avx2_chains,
#endif
#if defined(NIB_HAVE_SSE2)
        &sse2_chains,
#endif
#if defined(NIB_HAVE_NEON64)
        &neon64_chains,
#endif
#if defined(NIB_HAVE_NEON)
        &neon_chains,
#endif
        &scalar_chains,
    };
    for (const Chains* chains : all) {
        if (std::strcmp(chains->isa, kernels::table()->isa) == 0) return chains;
    }
    return &scalar_chains;
}

} // namespace nib::bench
