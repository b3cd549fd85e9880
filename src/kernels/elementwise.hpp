// Loops over plain arrays of any length and alignment, and the functions of math.hpp over such arrays.
#pragma once

#include "kernels/stream.hpp"
#include "simd/math.hpp"

namespace nib::kernels {

// f(offset, load, store) over n numbers, where load(p) gives 16 of them and store(p, x) puts them back. At a partial
// last block both leave memory behind the arrays alone, and load returns zeros for it.
template <class A, class F>
NIB_INLINE void for_array(std::ptrdiff_t n, F f)
{
    std::ptrdiff_t i = 0;
    for (; i + 16 <= n; i += 16) {
        f(
            i, [](const float* p) NIB_INLINE_LAMBDA { return load<A>(p); },
            [](float* p, const FloatBlock<A>& x) NIB_INLINE_LAMBDA { store<A>(p, x); });
    }
    if (i == n) return;
    const int left = static_cast<int>(n - i);
    f(
        i, [left](const float* p) NIB_INLINE_LAMBDA { return load_first<A>(left, p); },
        [left](float* p, const FloatBlock<A>& x) NIB_INLINE_LAMBDA { store_first<A>(left, p, x); });
}

// The same for whole blocks at multiples of 64 bytes, whose results are stored past the caches.
template <class A, class F>
NIB_INLINE void for_blocks_past_caches(std::ptrdiff_t n, F f)
{
    for (std::ptrdiff_t i = 0; i < n; i += 16) {
        f(
            i, [](const float* p) NIB_INLINE_LAMBDA { return load<A>(p); },
            [](float* p, const FloatBlock<A>& x) NIB_INLINE_LAMBDA { stream<A>(p, x); });
    }
}

// y[i] = f(x[i]); y may be x.
template <class A, class F>
NIB_INLINE void map_array(std::ptrdiff_t n, const float* x, float* y, F f)
{
    for_array<A>(n, [&](std::ptrdiff_t i, auto get, auto put) NIB_INLINE_LAMBDA { put(y + i, f(get(x + i))); });
}

// The same past the caches, for n >= 16, from y's first whole line on. It is a separate function because GCC 12, with
// both loops in one, makes the loop for small arrays slower by 5%.
template <class A, class F>
[[gnu::noinline]] void stream_array(std::ptrdiff_t n, const float* x, float* y, F f)
{
    constexpr std::uintptr_t line = 64;
    std::ptrdiff_t i = static_cast<std::ptrdiff_t>(-reinterpret_cast<std::uintptr_t>(y) % line / sizeof(float));
    map_array<A>(i, x, y, f);
    const std::ptrdiff_t whole = (n - i) / 16 * 16;
    for_blocks_past_caches<A>(whole, [&](std::ptrdiff_t k, auto get, auto put)
                                         NIB_INLINE_LAMBDA { put(y + i + k, f(get(x + i + k))); });
    stream_end();
    i += whole;
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
    map_any_array<A>(n, x, y, [](const FloatBlock<A>& a) NIB_INLINE_LAMBDA { return tanh(a); });
}

template <class A>
void exp_array(std::ptrdiff_t n, const float* x, float* y)
{
    map_any_array<A>(n, x, y, [](const FloatBlock<A>& a) NIB_INLINE_LAMBDA { return exp(a); });
}

template <class A>
void log_array(std::ptrdiff_t n, const float* x, float* y)
{
    map_any_array<A>(n, x, y, [](const FloatBlock<A>& a) NIB_INLINE_LAMBDA { return log(a); });
}

} // namespace nib::kernels
