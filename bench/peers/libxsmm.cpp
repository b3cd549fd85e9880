#include "peers.hpp"

#if defined(_OPENMP)
#include <omp.h>
#endif
#include <libxsmm.h>

namespace nib::bench {

// Column-major: C^T = B^T A^T, which is the same numbers.
Multiply libxsmm(const Shape& s, int threads, const float* a, const float* b, float* c)
{
#if defined(_OPENMP)
    omp_set_num_threads(threads);
#else
    (void)threads;
#endif
    return [=] {
        const char plain = 'N', left = s.a_transposed ? 'T' : 'N';
        const libxsmm_blasint m = s.m, n = s.n, k = s.k, a_stride = s.a_transposed ? m : k;
        const float alpha = 1, beta = 0;
        libxsmm_sgemm(&plain, &left, &n, &m, &k, &alpha, b, &n, a, &a_stride, &beta, c, &n);
    };
}

} // namespace nib::bench
