// Operations that compute each channel from a window of its own plane, for one example: depthwise convolutions and
// pools. Numbers lie in the order (y, x, channel), channels in the lanes. Taps outside the plane are skipped.
#pragma once

#include "activations/relu.hpp"
#include "infer/table.hpp"
#include "simd/block.hpp"

namespace nib::infer {

using namespace simd;

// Pixels that are computed side by side: their sums and a weight are in registers.
template <class A>
inline constexpr int window_pixels = parts<A> <= 2   ? 4
                                     : parts<A> == 4 ? 2
                                                     : 1;

template <class A>
struct DepthwiseSum {
    const Depthwise& t;
    NIB_INLINE FloatBlock<A> start() const { return zero<A>(); }
    // Weights are loaded once for several pixels.
    NIB_INLINE FloatBlock<A> weight(std::ptrdiff_t tap, std::ptrdiff_t channel) const
    {
        return load<A>(t.weights + tap * t.stride + channel);
    }
    NIB_INLINE FloatBlock<A> add(const FloatBlock<A>& sum, const FloatBlock<A>& w, const FloatBlock<A>& x) const
    {
        return fma(x, w, sum);
    }
    NIB_INLINE FloatBlock<A> finish(const FloatBlock<A>& sum, std::ptrdiff_t channel, std::ptrdiff_t number) const
    {
        FloatBlock<A> y = load<A>(t.bias + channel);
        y = t.scales == nullptr ? sum + y : fma(sum, load<A>(t.scales + channel) * broadcast<A>(t.step), y);
        if (t.term != nullptr) y = y + load<A>(t.term + number);
        return t.rectifies ? activations::Relu::forward<A>(y) : y;
    }
};

// The largest number or, with a count, the sum over the count.
template <class A>
struct Pool {
    float count;
    NIB_INLINE FloatBlock<A> start() const { return broadcast<A>(count > 0 ? 0.0f : -__builtin_inff()); }
    NIB_INLINE FloatBlock<A> weight(std::ptrdiff_t, std::ptrdiff_t) const { return zero<A>(); }
    NIB_INLINE FloatBlock<A> add(const FloatBlock<A>& all, const FloatBlock<A>&, const FloatBlock<A>& x) const
    {
        return count > 0 ? all + x : max(all, x);
    }
    NIB_INLINE FloatBlock<A> finish(const FloatBlock<A>& all, std::ptrdiff_t, std::ptrdiff_t) const
    {
        return count > 0 ? all / broadcast<A>(count) : all;
    }
};

// Some pixels of an output row whose windows have the same taps, and up to 16 channels.
struct OfPixels {
    std::ptrdiff_t row, pixel, channel;
    kernels::TapRun y, x; // those of the first pixel
};

template <class A, int pixels, class Op>
NIB_INLINE void compute_pixels(const Windows& t, const Op& op, const OfPixels& at, const float* x, float* y)
{
    FloatBlock<A> blocks[pixels];
#pragma GCC unroll 8
    for (int p = 0; p < pixels; ++p) blocks[p] = op.start();
    const std::ptrdiff_t step = t.x.stride * t.channels;
    for (std::ptrdiff_t row = 0; row < at.y.count; ++row) {
        const std::ptrdiff_t line = (at.y.at + row * t.y.dilation) * t.x.in;
        const std::ptrdiff_t first = (at.y.first + row) * t.x.taps + at.x.first;
        for (std::ptrdiff_t tap = 0; tap < at.x.count; ++tap) {
            const float* from = x + (line + at.x.at + tap * t.x.dilation) * t.channels + at.channel;
            const FloatBlock<A> weight = op.weight(first + tap, at.channel);
#pragma GCC unroll 8
            for (int p = 0; p < pixels; ++p) blocks[p] = op.add(blocks[p], weight, load<A>(from + p * step));
        }
    }
    const std::ptrdiff_t n = t.channels - at.channel;
    std::ptrdiff_t to = (at.row * t.x.out + at.pixel) * t.channels + at.channel;
#pragma GCC unroll 8
    for (int p = 0; p < pixels; ++p, to += t.channels) {
        const FloatBlock<A> result = op.finish(blocks[p], at.channel, to);
        if (n >= 16) {
            store<A>(y + to, result);
        } else {
            store_first<A>(static_cast<int>(n), y + to, result);
        }
    }
}

template <class A, class Op>
[[gnu::noinline]] void compute_windows(const Windows& t, const Op& op, const float* x, float* y)
{
    constexpr int most = window_pixels<A>;
    for (OfPixels at{}; at.row < t.y.out; ++at.row) {
        at.y = kernels::taps_of_output(t.y, at.row);
        for (at.channel = 0; at.channel < t.channels; at.channel += 16) {
            for (at.pixel = 0; at.pixel < t.x.out;) {
                at.x = kernels::taps_of_output(t.x, at.pixel);
                if (most > 1 && at.pixel + most <= t.x.out) {
                    const kernels::TapRun end = kernels::taps_of_output(t.x, at.pixel + most - 1);
                    if (at.x.count > 0 && at.x.first == end.first && at.x.count == end.count) {
                        compute_pixels<A, most>(t, op, at, x, y);
                        at.pixel += most;
                        continue;
                    }
                }
                compute_pixels<A, 1>(t, op, at, x, y);
                ++at.pixel;
            }
        }
    }
}

template <class A>
void depthwise(const Depthwise& t, const float* x, float* y)
{
    compute_windows<A>(t.windows, DepthwiseSum<A>{t}, x, y);
}

template <class A>
void pool(const Windows& t, bool largest, const float* x, float* y)
{
    compute_windows<A>(t, Pool<A>{largest ? 0.0f : static_cast<float>(t.x.taps * t.y.taps)}, x, y);
}

template <class A>
void widen(std::ptrdiff_t taps, std::ptrdiff_t stride, std::uint32_t bits, const void* words, float* to)
{
    const std::ptrdiff_t in_word = 32 / bits;
    const auto* from = static_cast<const float*>(words);
    for (std::ptrdiff_t tap = 0; tap < taps; ++tap) {
        const int up = 32 - static_cast<int>(bits) * static_cast<int>(tap % in_word + 1);
        const float* row = from + tap / in_word * stride;
        for (std::ptrdiff_t i = 0; i < stride; i += 16, to += 16) {
            const IntBlock<A> upper = int_block<A>([&](int j) NIB_INLINE_LAMBDA {
                return Ops<A>::shift_left(Ops<A>::bits(Ops<A>::load(row + i + j * Native<A>::lanes)), up);
            });
            store<A>(to, bits == 16 ? from_bits(upper & broadcast_int<A>(-0x10000)) : to_float(shift_right<24>(upper)));
        }
    }
}

} // namespace nib::infer
