// Loops over plain arrays of any length and alignment, and the functions of math.hpp over such arrays.
#pragma once

#include "kernels/math.hpp"

namespace nib::kernels {

// f(offset, load, store) over n numbers, where load(p) gives 16 of them and store(p, x) puts them back; at a partial
// last block both go by way of a copy, so that nothing behind the arrays is touched.
template <class A, class F>
NIB_INLINE void for_array(std::ptrdiff_t n, F f)
{
    std::ptrdiff_t i = 0;
    for (; i + 16 <= n; i += 16) {
        f(
            i, [](const float* p) NIB_INLINE_LAMBDA { return load<A>(p); },
            [](float* p, const F16<A>& x) NIB_INLINE_LAMBDA { store<A>(p, x); });
    }
    if (i == n) return;
    const std::size_t bytes = static_cast<std::size_t>(n - i) * sizeof(float);
    f(
        i,
        [bytes](const float* p) NIB_INLINE_LAMBDA {
            float copy[16] = {};
            std::memcpy(copy, p, bytes);
            return load<A>(copy);
        },
        [bytes](float* p, const F16<A>& x) NIB_INLINE_LAMBDA {
            float copy[16];
            store<A>(copy, x);
            std::memcpy(p, copy, bytes);
        });
}

template <class A>
void tanh_array(std::ptrdiff_t n, const float* x, float* y)
{
    for_array<A>(n, [&](std::ptrdiff_t i, auto get, auto put) NIB_INLINE_LAMBDA { put(y + i, tanh(get(x + i))); });
}

template <class A>
void exp_array(std::ptrdiff_t n, const float* x, float* y)
{
    for_array<A>(n, [&](std::ptrdiff_t i, auto get, auto put) NIB_INLINE_LAMBDA { put(y + i, exp(get(x + i))); });
}

template <class A>
void log_array(std::ptrdiff_t n, const float* x, float* y)
{
    for_array<A>(n, [&](std::ptrdiff_t i, auto get, auto put) NIB_INLINE_LAMBDA { put(y + i, log(get(x + i))); });
}

} // namespace nib::kernels
