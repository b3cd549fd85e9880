#include "peers.hpp"

#include <cblas.h>

namespace nib::bench {

Multiply openblas(const Shape& s, int threads, const float* a, const float* b, float* c)
{
    openblas_set_num_threads(threads);
    return [=] {
        cblas_sgemm(CblasRowMajor, s.a_transposed ? CblasTrans : CblasNoTrans, CblasNoTrans, s.m, s.n, s.k, 1.0f, a,
                    s.a_transposed ? s.m : s.k, b, s.n, 0.0f, c, s.n);
    };
}

} // namespace nib::bench
