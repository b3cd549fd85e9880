// What an operation does to each number, or to all numbers of a context, in place.
#pragma once

#include "activations/list.hpp"
#include "infer/table.hpp"
#include "simd/block.hpp"

namespace nib::infer {

using namespace simd;

// A function of its own: inlined where it is called, it would be half of an instruction set's code.
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
    if (lanes == 1) {
        for (std::ptrdiff_t i = 0; i < rows; i += 16)
            store<A>(x + i, fma(load<A>(scale + i), load<A>(x + i), load<A>(shift + i)));
        return;
    }
    for (std::ptrdiff_t row = 0; row < rows; ++row, x += lanes) {
        const FloatBlock<A> factor = broadcast<A>(scale[row]), term = broadcast<A>(shift[row]);
        for (std::ptrdiff_t i = 0; i < lanes; i += 16) store<A>(x + i, fma(factor, load<A>(x + i), term));
    }
}

// A sum over numbers goes to sixteen by i % 16, which are joined by the tree of simd::sum: the same bits for one
// context, whose numbers are in the lanes, and for a batch, whose contexts are.

// The sum of f(x[i]), i < n.
template <class A, class F>
NIB_INLINE float sum_of(std::ptrdiff_t n, const float* x, F f)
{
    FloatBlock<A> total = zero<A>();
    for (std::ptrdiff_t i = 0; i < n; i += 16) {
        const MaskBlock<A> inside = first<A>(n - i < 16 ? static_cast<int>(n - i) : 16);
        total = total + select(inside, f(load<A>(x + i)), zero<A>());
    }
    return sum(total);
}

// The same of each of 16 contexts.
template <class A, class F>
NIB_INLINE FloatBlock<A> column_sum_of(std::ptrdiff_t n, std::ptrdiff_t lanes, const float* x, F f)
{
    float totals[16 * 16];
#pragma GCC unroll 1
    for (std::ptrdiff_t j = 0; j < 16; ++j) {
        FloatBlock<A> total = zero<A>();
        for (std::ptrdiff_t i = j; i < n; i += 16) total = total + f(load<A>(x + i * lanes));
        store<A>(totals + 16 * j, total);
    }
#pragma GCC unroll 1
    for (std::ptrdiff_t width = 8; width > 0; width /= 2) add<A>(16 * width, totals + 16 * width, totals);
    return load<A>(totals);
}

template <class A>
NIB_INLINE void normalise_one(const Normalise& t, float* x)
{
    const FloatBlock<A> n = broadcast<A>(static_cast<float>(t.n));
    const auto square = [](const FloatBlock<A>& v) NIB_INLINE_LAMBDA { return v * v; };
    const auto itself = [](const FloatBlock<A>& v) NIB_INLINE_LAMBDA { return v; };
    const FloatBlock<A> mean = t.beta == nullptr ? zero<A>() : broadcast<A>(sum_of<A>(t.n, x, itself)) / n;
    if (t.beta != nullptr) {
        for (std::ptrdiff_t i = 0; i < t.n; i += 16) store<A>(x + i, load<A>(x + i) - mean);
    }
    const FloatBlock<A> variance = broadcast<A>(sum_of<A>(t.n, x, square)) / n;
    const FloatBlock<A> inverse = broadcast<A>(1.0f) / sqrt(variance + broadcast<A>(t.eps));
    for (std::ptrdiff_t i = 0; i < t.n; i += 16) {
        const FloatBlock<A> beta = t.beta == nullptr ? zero<A>() : load<A>(t.beta + i);
        store<A>(x + i, fma(load<A>(x + i) * inverse, load<A>(t.gamma + i), beta));
    }
}

template <class A>
NIB_INLINE void normalise_columns(const Normalise& t, std::ptrdiff_t lanes, float* x)
{
    const FloatBlock<A> n = broadcast<A>(static_cast<float>(t.n));
    const auto square = [](const FloatBlock<A>& v) NIB_INLINE_LAMBDA { return v * v; };
    const auto itself = [](const FloatBlock<A>& v) NIB_INLINE_LAMBDA { return v; };
    if (t.beta != nullptr) {
        const FloatBlock<A> mean = column_sum_of<A>(t.n, lanes, x, itself) / n;
        for (std::ptrdiff_t i = 0; i < t.n; ++i) store<A>(x + i * lanes, load<A>(x + i * lanes) - mean);
    }
    const FloatBlock<A> variance = column_sum_of<A>(t.n, lanes, x, square) / n;
    const FloatBlock<A> inverse = broadcast<A>(1.0f) / sqrt(variance + broadcast<A>(t.eps));
    for (std::ptrdiff_t i = 0; i < t.n; ++i, x += lanes) {
        const FloatBlock<A> beta = broadcast<A>(t.beta == nullptr ? 0.0f : t.beta[i]);
        store<A>(x, fma(load<A>(x) * inverse, broadcast<A>(t.gamma[i]), beta));
    }
}

template <class A>
void normalise(const Normalise& t, std::ptrdiff_t lanes, float* x)
{
    if (lanes == 1) {
        normalise_one<A>(t, x);
    } else {
        for (std::ptrdiff_t i = 0; i < lanes; i += 16) normalise_columns<A>(t, lanes, x + i);
    }
}

} // namespace nib::infer
