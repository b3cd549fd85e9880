#include "peers.hpp"

#if defined(__clang__)
// OpenBLAS's header uses _Complex, which C++ lacks.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc99-extensions"
#endif
#include <cblas.h>
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

namespace nib::bench {

Multiply openblas(const Shape& s, int threads, const float* a, const float* b, float* c)
{
    openblas_set_num_threads(threads);
    return [=] {
        cblas_sgemm(CblasRowMajor, s.update ? CblasTrans : CblasNoTrans, CblasNoTrans, s.m, s.n, s.k, 1.0f, a,
                    s.update ? s.m : s.k, b, s.n, s.update ? 1.0f : 0.0f, c, s.n);
    };
}

} // namespace nib::bench
