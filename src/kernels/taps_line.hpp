// The product of a single row with a single k for each tap: a depthwise convolution, a mean pool, and their ways back.
// Neighbouring columns lie side by side then, whole lines of them unless the window jumps, so that one pointer serves
// all registers of a tile: 64 channels of 3 x 3 take two thirds of the time of taps_product.hpp's tiles. The chains are
// the same.
#pragma once

#include "kernels/table.hpp"
#include "kernels/with_number.hpp"
#include "simd/block.hpp"

namespace nib::kernels {

using namespace simd;

template <class A>
inline constexpr int line_blocks = parts<A> == 1 ? 8 : parts<A> == 16 ? 1 : 16 / (2 * parts<A>);

template <class A, int blocks>
static void taps_line(const TapsProduct& t, const float* b, float* c)
{
    FloatBlock<A> sums[blocks];
#pragma GCC unroll 8
    for (int j = 0; j < blocks; ++j) sums[j] = t.accumulate ? load<A>(c + 16 * j) : zero<A>();
    for (std::ptrdiff_t y = 0; y < t.tap_rows; ++y) {
        const float *a = t.a + y * t.a_tap_row, *p = b + y * t.in_tap_row;
        for (std::ptrdiff_t x = 0; x < t.tap_columns; ++x, a += t.a_tap_column, p += t.in_tap_column) {
            const FloatBlock<A> weight = broadcast<A>(*a);
#pragma GCC unroll 8
            for (int j = 0; j < blocks; ++j) sums[j] = fma(weight, load<A>(p + 16 * j), sums[j]);
        }
    }
#pragma GCC unroll 8
    for (int j = 0; j < blocks; ++j) store<A>(c + 16 * j, sums[j]);
}

// m and depth are 1.
template <class A>
NIB_INLINE void taps_lines(const TapsProduct& t)
{
    const bool is_joined = t.in_pixel == 16 * t.blocks && t.out_pixel == t.in_pixel;
    const std::ptrdiff_t run = is_joined ? t.pixels * t.blocks : t.blocks, runs = is_joined ? 1 : t.pixels;
    for (std::ptrdiff_t line = 0; line < t.lines; ++line) {
        for (std::ptrdiff_t i = 0; i < runs; ++i) {
            const float* b = t.b + line * t.in_line + i * t.in_pixel;
            float* c = t.c + line * t.out_line + i * t.out_pixel;
            for (std::ptrdiff_t at = 0; at < run; at += line_blocks<A>) {
                const std::ptrdiff_t blocks = run - at < line_blocks<A> ? run - at : line_blocks<A>;
                with_number<line_blocks<A>>(
                    blocks, [&]<int count>() NIB_INLINE_LAMBDA { taps_line<A, count>(t, b + 16 * at, c + 16 * at); });
            }
        }
    }
}

} // namespace nib::kernels
