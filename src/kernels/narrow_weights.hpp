// The gradient of filters that read few channels: see NarrowWeights. The examples are in the lanes, where the channels
// would leave most of them empty. A number of dz meets several taps, and one of the input several outputs, so that the
// sums of both together stay in registers.
#pragma once

#include "kernels/batchnorm.hpp"
#include "kernels/window.hpp"

namespace nib::kernels {

// Outputs and taps of a line whose sums are in registers.
template <class A>
struct NarrowTile {
    static constexpr int outputs = 1, taps = 3;
};
#if defined(__AVX512F__)
template <>
struct NarrowTile<Avx512> {
    static constexpr int outputs = 4, taps = 5;
};
#endif
#if defined(__AVX2__)
template <>
struct NarrowTile<Avx2> {
    static constexpr int outputs = 2, taps = 3;
};
#endif
#if defined(__aarch64__)
template <>
struct NarrowTile<Neon64> {
    static constexpr int outputs = 2, taps = 3;
};
#endif

// A line of one channel of the input, and that of each output's dz, which meet in taps `first` and those behind it.
struct NarrowLine {
    std::ptrdiff_t first;
    const float *in, *dz;
    float* sums; // (outputs, taps of the line) blocks
};

template <class A, int outputs, int taps>
static void narrow_line(const NarrowWeights& t, const NarrowLine& line)
{
    const std::ptrdiff_t plane = t.y.out * t.x.out * t.stride;
    FloatBlock<A> totals[outputs][taps];
    const auto place = [&](int o, int k) NIB_INLINE_LAMBDA { return line.sums + 16 * (o * t.x.taps + line.first + k); };
#pragma GCC unroll 4
    for (int o = 0; o < outputs; ++o) {
#pragma GCC unroll 8
        for (int k = 0; k < taps; ++k) totals[o][k] = load<A>(place(o, k));
    }
    for (std::ptrdiff_t at = 0; at < t.x.out; ++at) {
        const std::ptrdiff_t origin = at * t.x.stride - t.x.padding + line.first * t.x.dilation;
        const bool inside = origin >= 0 && origin + (taps - 1) * t.x.dilation < t.x.in;
        for_blocks<A>(t.examples, [&](std::ptrdiff_t i, auto partial) NIB_INLINE_LAMBDA {
            FloatBlock<A> dz[outputs];
#pragma GCC unroll 4
            for (int o = 0; o < outputs; ++o)
                dz[o] = examples_only<A>(partial, t.examples - i, load<A>(line.dz + o * plane + at * t.stride + i));
#pragma GCC unroll 8
            for (int k = 0; k < taps; ++k) {
                const std::ptrdiff_t met = origin + k * t.x.dilation;
                if (!inside && (met < 0 || met >= t.x.in)) continue;
                const FloatBlock<A> x =
                    examples_only<A>(partial, t.examples - i, load<A>(line.in + met * t.stride + i));
#pragma GCC unroll 4
                for (int o = 0; o < outputs; ++o) totals[o][k] = fma(dz[o], x, totals[o][k]);
            }
        });
    }
#pragma GCC unroll 4
    for (int o = 0; o < outputs; ++o) {
#pragma GCC unroll 8
        for (int k = 0; k < taps; ++k) store<A>(place(o, k), totals[o][k]);
    }
}

// All taps of a line, as evenly as tiles have them.
template <class A, int outputs>
NIB_INLINE void narrow_taps(const NarrowWeights& t, NarrowLine line)
{
    constexpr int most = NarrowTile<A>::taps;
    const std::ptrdiff_t tiles = (t.x.taps + most - 1) / most;
    for (std::ptrdiff_t i = 0; i < tiles; ++i) {
        const std::ptrdiff_t taps = t.x.taps / tiles + (i < t.x.taps % tiles ? 1 : 0);
        with_number<most>(taps, [&]<int count>() NIB_INLINE_LAMBDA { narrow_line<A, outputs, count>(t, line); });
        line.first += taps;
    }
}

// Some outputs: sums of all their taps, then one number of each.
template <class A, int outputs>
static void narrow_outputs(const NarrowWeights& t, const float* dz, float* dw)
{
    const std::ptrdiff_t taps = t.y.taps * t.x.taps, lines = t.channels * t.y.taps;
    for (std::ptrdiff_t i = 0; i < outputs * taps * t.channels; ++i) store<A>(t.sums + 16 * i, zero<A>());
    for (std::ptrdiff_t o = 0; o < t.y.out; ++o) {
        for (std::ptrdiff_t i = 0; i < lines; ++i) {
            const std::ptrdiff_t channel = i / t.y.taps, row = i % t.y.taps;
            const std::ptrdiff_t at = o * t.y.stride - t.y.padding + row * t.y.dilation;
            if (at < 0 || at >= t.y.in) continue;
            narrow_taps<A, outputs>(t, {.first = 0,
                                        .in = t.in + (channel * t.y.in + at) * t.x.in * t.stride,
                                        .dz = dz + o * t.x.out * t.stride,
                                        .sums = t.sums + 16 * outputs * i * t.x.taps});
        }
    }
    for (std::ptrdiff_t i = 0; i < lines; ++i) {
        for (std::ptrdiff_t k = 0; k < outputs * t.x.taps; ++k) {
            const std::ptrdiff_t tap = i % t.y.taps * t.x.taps + k % t.x.taps;
            const float* sums = t.sums + 16 * (outputs * i * t.x.taps + k);
            dw[k / t.x.taps * t.dw_stride + tap * t.channels + i / t.y.taps] = sum(load<A>(sums));
        }
    }
}

template <class A>
void narrow_weights(const NarrowWeights& given)
{
    const NarrowWeights t = given;
    constexpr int most = NarrowTile<A>::outputs;
    const std::ptrdiff_t plane = t.y.out * t.x.out * t.stride;
    for (std::ptrdiff_t first = 0; first < t.outputs; first += most) {
        const std::ptrdiff_t outputs = std::min<std::ptrdiff_t>(most, t.outputs - first);
        with_number<most>(outputs, [&]<int count>() NIB_INLINE_LAMBDA {
            narrow_outputs<A, count>(t, t.dz + first * plane, t.dw + first * t.dw_stride);
        });
    }
}

} // namespace nib::kernels
