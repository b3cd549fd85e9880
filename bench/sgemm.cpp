// nib_sgemm on plain row-major arrays: gemm/<m>x<n>x<k>/<threads> for the large products, and sgemm/... for those of
// the training step, which there have their own layout (gemm.cpp).
#include "nib/kernels.h"

#include "benchmarks.hpp"
#include "measure.hpp"
#include "peers.hpp"

#include <memory>

namespace nib::bench {

namespace {

Multiply sgemm(const Shape& s, int threads, const float* a, const float* b, float* c)
{
    nib_context_options options{};
    options.struct_size = sizeof options;
    nib_context_options_default(&options);
    options.threads = threads;
    nib_context* made = nullptr;
    nib_context_create(&options, &made);
    const std::shared_ptr<nib_context> context(made, nib_context_destroy);
    return [=] {
        nib_sgemm(context.get(), s.update ? NIB_TRANSPOSE : NIB_NO_TRANSPOSE, NIB_NO_TRANSPOSE, s.m, s.n, s.k, 1, a,
                  s.update ? s.m : s.k, b, s.n, s.update ? 1 : 0, c, s.n);
    };
}

} // namespace

void add_sgemm(bool all)
{
    // Other libraries' results for these are listed beside gemm/...
    for (const Shape& shape : {Shape{32, 100, 30, false}, Shape{32, 100, 100, false}, Shape{100, 100, 32, true},
                               Shape{32, 27, 100, false}, Shape{1, 100, 100, false}}) {
        add_multiply("sgemm", sgemm, shape, 1);
    }
    for (const Shape& shape : {Shape{128, 512, 512, false}, Shape{512, 512, 512, false}, Shape{1024, 1024, 1024, false},
                               Shape{2048, 2048, 2048, false}}) {
        if (!all && shape.m != 1024) continue;
        for (const int threads : thread_counts()) {
            add_multiply("gemm", sgemm, shape, threads);
            add_peers(shape, threads);
        }
    }
}

} // namespace nib::bench
