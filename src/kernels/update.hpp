// The optimisers' updates of the parameters, and other passes over plain arrays of any length.
#pragma once

#include "kernels/batchnorm.hpp"
#include "kernels/elementwise.hpp"

namespace nib::kernels {

template <class A>
void sgd(std::ptrdiff_t n, float learning_rate, const float* g, float* w)
{
    const FloatBlock<A> step = broadcast<A>(-learning_rate);
    for_array<A>(n, [&](std::ptrdiff_t i, auto get, auto put)
                        NIB_INLINE_LAMBDA { put(w + i, fma(step, get(g + i), get(w + i))); });
}

template <class A>
void momentum(const Momentum& t)
{
    const FloatBlock<A> share = broadcast<A>(t.momentum), step = broadcast<A>(-t.learning_rate);
    for_array<A>(t.n, [&](std::ptrdiff_t i, auto get, auto put) NIB_INLINE_LAMBDA {
        const FloatBlock<A> velocity = fma(share, get(t.velocity + i), get(t.g + i));
        put(t.velocity + i, velocity);
        put(t.w + i, fma(step, velocity, get(t.w + i)));
    });
}

template <class A>
void adamw(const AdamW& t)
{
    const FloatBlock<A> fresh1 = broadcast<A>(t.fresh1), fresh2 = broadcast<A>(t.fresh2);
    const FloatBlock<A> eps = broadcast<A>(t.eps), step = broadcast<A>(-t.step_size), decay = broadcast<A>(t.decay);
    const FloatBlock<A> correction = broadcast<A>(t.inverse_sqrt_correction);
    for_array<A>(t.n, [&](std::ptrdiff_t i, auto get, auto put) NIB_INLINE_LAMBDA {
        const FloatBlock<A> g = get(t.g + i);
        const FloatBlock<A> old_m = get(t.m + i), old_v = get(t.v + i);
        const FloatBlock<A> m = fma(fresh1, g - old_m, old_m); // by the difference, as in blend
        const FloatBlock<A> v = fma(fresh2, g * g - old_v, old_v);
        put(t.m + i, m);
        put(t.v + i, v);
        put(t.w + i, fma(step, m / fma(sqrt(v), correction, eps), get(t.w + i) * decay));
    });
}

// The update uses the difference. momentum and 1 - momentum, each rounded to float, need not add up to 1, and with
// 0.001 that pulls an average of a thousand steps off by 1.3e-5 of itself. Going from the nearer end makes a momentum
// of 1 exact too.
template <class A>
void blend(std::ptrdiff_t n, float momentum, const float* x, float* average)
{
    const bool near_average = momentum < 0.5f;
    const FloatBlock<A> share = broadcast<A>(near_average ? momentum : momentum - 1.0f);
    for_array<A>(n, [&](std::ptrdiff_t i, auto get, auto put) NIB_INLINE_LAMBDA {
        const FloatBlock<A> fresh = get(x + i), old = get(average + i);
        put(average + i, fma(share, fresh - old, near_average ? old : fresh));
    });
}

template <class A>
void scale(std::ptrdiff_t n, float factor, float* x)
{
    const FloatBlock<A> by = broadcast<A>(factor);
    for_array<A>(n, [&](std::ptrdiff_t i, auto get, auto put) NIB_INLINE_LAMBDA { put(x + i, get(x + i) * by); });
}

template <class A>
float sum_of_squares(std::ptrdiff_t n, const float* x)
{
    FloatBlock<A> total = zero<A>();
    for_array<A>(n, [&](std::ptrdiff_t i, auto get, auto) NIB_INLINE_LAMBDA {
        const FloatBlock<A> each = get(x + i);
        total = fma(each, each, total);
    });
    return sum(total);
}

template <class A>
void sum_parts(std::ptrdiff_t n, const float* parts, std::ptrdiff_t count, std::ptrdiff_t part_stride, float* sum)
{
    for_array<A>(n, [&](std::ptrdiff_t i, auto get, auto put) NIB_INLINE_LAMBDA {
        FloatBlock<A> total = get(parts + i);
        for (std::ptrdiff_t p = 1; p < count; ++p) total = total + get(parts + p * part_stride + i);
        put(sum + i, total);
    });
}

} // namespace nib::kernels
