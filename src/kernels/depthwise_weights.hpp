// The gradient of a depthwise filter: see DepthwiseWeights. One row of taps is summed at a time, so that each number of
// dz is read once for all of them.
#pragma once

#include "kernels/batchnorm.hpp"
#include "kernels/window.hpp"

namespace nib::kernels {

inline constexpr int depthwise_taps = 8; // of a row, summed side by side

// Taps [first, first + taps) of a row, which meets input line `line` where dz's line is `z_line`.
template <class A, int taps>
static void depthwise_line(const DepthwiseWeights& t, std::ptrdiff_t first, const float* line, const float* z_line,
                           FloatBlock<A>* sums)
{
    FloatBlock<A> totals[taps];
#pragma GCC unroll 8
    for (int k = 0; k < taps; ++k) totals[k] = sums[k];
    for (std::ptrdiff_t o = 0; o < t.x.out; ++o) {
        const std::ptrdiff_t origin = o * t.x.stride - t.x.padding + first * t.x.dilation;
        const bool inside = origin >= 0 && origin + (taps - 1) * t.x.dilation < t.x.in;
        for_blocks<A>(t.examples, [&](std::ptrdiff_t i, auto partial) NIB_INLINE_LAMBDA {
            const FloatBlock<A> dz =
                examples_only<A>(partial, t.examples - i, load<A>(z_line + o * t.stride + i));
#pragma GCC unroll 8
            for (int k = 0; k < taps; ++k) {
                const std::ptrdiff_t at = origin + k * t.x.dilation;
                if (!inside && (at < 0 || at >= t.x.in)) continue;
                const FloatBlock<A> x = examples_only<A>(partial, t.examples - i, load<A>(line + at * t.stride + i));
                totals[k] = fma(dz, x, totals[k]);
            }
        });
    }
#pragma GCC unroll 8
    for (int k = 0; k < taps; ++k) sums[k] = totals[k];
}

template <class A>
void depthwise_weights(const DepthwiseWeights& given)
{
    const DepthwiseWeights t = given;
    for (std::ptrdiff_t row = 0; row < t.y.taps; ++row) {
        for (std::ptrdiff_t first = 0; first < t.x.taps; first += depthwise_taps) {
            const std::ptrdiff_t taps = std::min<std::ptrdiff_t>(depthwise_taps, t.x.taps - first);
            FloatBlock<A> sums[depthwise_taps];
            for (auto& each : sums) each = zero<A>();
            for (std::ptrdiff_t o = 0; o < t.y.out; ++o) {
                const std::ptrdiff_t at = o * t.y.stride - t.y.padding + row * t.y.dilation;
                if (at < 0 || at >= t.y.in) continue;
                const float *line = t.in + at * t.x.in * t.stride, *z_line = t.dz + o * t.x.out * t.stride;
                with_number<depthwise_taps>(taps, [&]<int count>() NIB_INLINE_LAMBDA {
                    depthwise_line<A, count>(t, first, line, z_line, sums);
                });
            }
            for (std::ptrdiff_t k = 0; k < taps; ++k)
                t.dw[(row * t.x.taps + first + k) * t.dw_stride] = sum(sums[k]);
        }
    }
}

} // namespace nib::kernels
