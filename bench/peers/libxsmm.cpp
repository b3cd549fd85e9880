#include "peers.hpp"

#include <algorithm>
#include <libxsmm.h>

namespace nib::bench {

// Calls the generated kernel itself: libxsmm_sgemm passes products above 64^3, including 32x100x100, on to whichever
// BLAS is linked, which would then be measured under the wrong name. A kernel works on one thread and without blocking
// for caches. Column-major: C^T = B^T A^T, which is the same numbers.
Multiply libxsmm(const Shape& s, int threads, const float* a, const float* b, float* c)
{
    constexpr int largest_side = 128;
    if (threads > 1 || std::max({s.m, s.n, s.k}) > largest_side) return {};
    const libxsmm_blasint a_stride = s.update ? s.m : s.k, n = s.n;
    const float alpha = 1, beta = s.update ? 1.0f : 0.0f;
    const int flags = s.update ? LIBXSMM_GEMM_FLAG_TRANS_B : LIBXSMM_GEMM_FLAG_NONE;
    const libxsmm_smmfunction kernel =
        libxsmm_smmdispatch(s.n, s.m, s.k, &n, &a_stride, &n, &alpha, &beta, &flags, nullptr);
    if (kernel == nullptr) return {};
    return [=] { kernel(b, a, c); };
}

} // namespace nib::bench
