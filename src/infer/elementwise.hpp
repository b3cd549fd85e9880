// Operations in place: on each number separately, and on all numbers of a context.
#pragma once

#include "activations/list.hpp"
#include "infer/table.hpp"
#include "simd/block.hpp"

namespace nib::infer {

using namespace simd;

// Not inlined: inlined where it is called, it would be half of an instruction set's code.
template <class A>
[[gnu::noinline]] void activate_in_place(nib_activation activation, std::ptrdiff_t n, float* y)
{
    activations::with_activation(activation, [&]<class Activation>() NIB_INLINE_LAMBDA {
        if constexpr (!std::is_same_v<Activation, activations::Identity>) {
            using B = Narrow<A>;
            for (std::ptrdiff_t i = 0; i < n; i += block_lanes<B>) store<B>(y + i, Activation::forward(load<B>(y + i)));
        }
    });
}

template <class A>
void add(std::ptrdiff_t n, const float* x, float* y)
{
    for (std::ptrdiff_t i = 0; i < n; i += 16) store<A>(y + i, load<A>(y + i) + load<A>(x + i));
}

template <class A>
void scale_shift(std::ptrdiff_t rows, std::ptrdiff_t lanes, const float* scale, const float* shift, float* x)
{
    using B = Narrow<A>;
    if (lanes == 1) {
        for (std::ptrdiff_t i = 0; i < rows; i += block_lanes<B>)
            store<B>(x + i, fma(load<B>(scale + i), load<B>(x + i), load<B>(shift + i)));
        return;
    }
    for (std::ptrdiff_t row = 0; row < rows; ++row, x += lanes) {
        const FloatBlock<B> factor = broadcast<B>(scale[row]), term = broadcast<B>(shift[row]);
        for (std::ptrdiff_t i = 0; i < lanes; i += block_lanes<B>) store<B>(x + i, fma(factor, load<B>(x + i), term));
    }
}

template <class A>
void scale_channels(std::ptrdiff_t pixels, std::ptrdiff_t channels, const float* scale, const float* shift, float* x)
{
    using B = Narrow<A>;
    constexpr int lanes = block_lanes<B>;
    for (std::ptrdiff_t pixel = 0; pixel < pixels; ++pixel, x += channels) {
        for (std::ptrdiff_t i = 0; i < channels; i += lanes) {
            const FloatBlock<B> y = fma(load<B>(scale + i), load<B>(x + i), load<B>(shift + i));
            if (channels - i >= lanes) {
                store<B>(x + i, y);
            } else {
                store_first<B>(static_cast<int>(channels - i), x + i, y);
            }
        }
    }
}

// A sum over numbers is kept in sixteen parts, number i in part i % 16, which the tree of simd::sum joins. That gives
// the same bits for one context, whose numbers are in the lanes, and for a batch, whose contexts are in the lanes.

// The sum of n numbers, or of their squares.
template <class A>
NIB_INLINE float sum_of(std::ptrdiff_t n, const float* x, bool squares)
{
    FloatBlock<A> total = zero<A>();
    for (std::ptrdiff_t i = 0; i < n; i += 16) {
        const MaskBlock<A> inside = first<A>(n - i < 16 ? static_cast<int>(n - i) : 16);
        const FloatBlock<A> number = load<A>(x + i);
        total = total + select(inside, squares ? number * number : number, zero<A>());
    }
    return sum(total);
}

// The same for each of a block's contexts, whose numbers lie `lanes` apart.
template <class A>
NIB_INLINE FloatBlock<A> column_sum_of(std::ptrdiff_t n, std::ptrdiff_t lanes, const float* x, bool squares)
{
    FloatBlock<A> totals[16];
#pragma GCC unroll 1
    for (std::ptrdiff_t j = 0; j < 16; ++j) {
        totals[j] = zero<A>();
        for (std::ptrdiff_t i = j; i < n; i += 16) {
            const FloatBlock<A> number = load<A>(x + i * lanes);
            totals[j] = totals[j] + (squares ? number * number : number);
        }
    }
#pragma GCC unroll 1
    for (int width = 8; width > 0; width /= 2) {
#pragma GCC unroll 1
        for (int j = 0; j < width; ++j) totals[j] = totals[j] + totals[j + width];
    }
    return totals[0];
}

template <class A>
NIB_INLINE FloatBlock<A> inverse_deviation(const FloatBlock<A>& sum_of_squares, const FloatBlock<A>& n, float eps)
{
    return broadcast<A>(1.0f) / sqrt(sum_of_squares / n + broadcast<A>(eps));
}

template <class A>
NIB_INLINE void normalise_one(const Normalise& t, float* x)
{
    const FloatBlock<A> n = broadcast<A>(static_cast<float>(t.n));
    if (t.beta != nullptr) {
        const FloatBlock<A> mean = broadcast<A>(sum_of<A>(t.n, x, false)) / n;
        for (std::ptrdiff_t i = 0; i < t.n; i += 16) store<A>(x + i, load<A>(x + i) - mean);
    }
    const FloatBlock<A> inverse = inverse_deviation(broadcast<A>(sum_of<A>(t.n, x, true)), n, t.eps);
    for (std::ptrdiff_t i = 0; i < t.n; i += 16) {
        const FloatBlock<A> beta = t.beta == nullptr ? zero<A>() : load<A>(t.beta + i);
        store<A>(x + i, fma(load<A>(x + i) * inverse, load<A>(t.gamma + i), beta));
    }
}

template <class A>
NIB_INLINE void normalise_columns(const Normalise& t, std::ptrdiff_t lanes, float* x)
{
    const FloatBlock<A> n = broadcast<A>(static_cast<float>(t.n));
    if (t.beta != nullptr) {
        const FloatBlock<A> mean = column_sum_of<A>(t.n, lanes, x, false) / n;
        for (std::ptrdiff_t i = 0; i < t.n; ++i) store<A>(x + i * lanes, load<A>(x + i * lanes) - mean);
    }
    const FloatBlock<A> inverse = inverse_deviation(column_sum_of<A>(t.n, lanes, x, true), n, t.eps);
    for (std::ptrdiff_t i = 0; i < t.n; ++i, x += lanes) {
        const FloatBlock<A> beta = broadcast<A>(t.beta == nullptr ? 0.0f : t.beta[i]);
        store<A>(x, fma(load<A>(x) * inverse, broadcast<A>(t.gamma[i]), beta));
    }
}

template <class A>
void normalise(const Normalise& t, std::ptrdiff_t lanes, float* x)
{
    using B = Narrow<A>; // of one lane: a single context is a column as well
    constexpr int width = block_lanes<B>;
    if constexpr (width > 1) {
        if (lanes == 1) return normalise_one<A>(t, x);
    }
    for (std::ptrdiff_t i = 0; i < lanes; i += width) normalise_columns<B>(t, lanes, x + i);
}

} // namespace nib::infer
