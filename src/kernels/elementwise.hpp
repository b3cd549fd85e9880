// Loops over plain arrays of any length and alignment, and the functions of math.hpp over such arrays.
#pragma once

#include "kernels/math.hpp"
#include "kernels/stream.hpp"

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

// y[i] = f(x[i]); y may be x.
template <class A, class F>
NIB_INLINE void map_array(std::ptrdiff_t n, const float* x, float* y, F f)
{
    for_array<A>(n, [&](std::ptrdiff_t i, auto get, auto put) NIB_INLINE_LAMBDA { put(y + i, f(get(x + i))); });
}

// The same past the caches, n >= 16, from y's first whole line on. A function of its own: beside this loop, GCC 12
// makes that of small arrays slower by 5%.
template <class A, class F>
[[gnu::noinline]] void stream_array(std::ptrdiff_t n, const float* x, float* y, F f)
{
    constexpr std::uintptr_t line = 64;
    std::ptrdiff_t i = static_cast<std::ptrdiff_t>(-reinterpret_cast<std::uintptr_t>(y) % line / sizeof(float));
    map_array<A>(i, x, y, f);
    for (; i + 16 <= n; i += 16) stream<A>(y + i, f(load<A>(x + i)));
    stream_end();
    map_array<A>(n - i, x + i, y + i, f);
}

template <class A, class F>
NIB_INLINE void map_any_array(std::ptrdiff_t n, const float* x, float* y, F f)
{
    if (n >= stream_from && x != y) return stream_array<A>(n, x, y, f);
    map_array<A>(n, x, y, f);
}

template <class A>
void tanh_array(std::ptrdiff_t n, const float* x, float* y)
{
    map_any_array<A>(n, x, y, [](const F16<A>& a) NIB_INLINE_LAMBDA { return tanh(a); });
}

template <class A>
void exp_array(std::ptrdiff_t n, const float* x, float* y)
{
    map_any_array<A>(n, x, y, [](const F16<A>& a) NIB_INLINE_LAMBDA { return exp(a); });
}

template <class A>
void log_array(std::ptrdiff_t n, const float* x, float* y)
{
    map_any_array<A>(n, x, y, [](const F16<A>& a) NIB_INLINE_LAMBDA { return log(a); });
}

} // namespace nib::kernels
