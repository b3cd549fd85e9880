// Pools of the largest number: see TapsMax.
#pragma once

#include "kernels/table.hpp"
#include "simd/block.hpp"

namespace nib::kernels {

using namespace simd;

// f(x, y) for the places of each column in the arrays of the input and of the output.
template <class F>
NIB_INLINE void for_max_columns(const TapsMax& t, F f)
{
    for (std::ptrdiff_t line = 0; line < t.lines; ++line) {
        for (std::ptrdiff_t pixel = 0; pixel < t.pixels; ++pixel) {
            const std::ptrdiff_t x = line * t.in_line + pixel * t.in_pixel, y = line * t.out_line + pixel * t.out_pixel;
            for (std::ptrdiff_t block = 0; block < 16 * t.blocks; block += 16) f(x + block, y + block);
        }
    }
}

// f(x) for the place of each tap of a column.
template <class F>
NIB_INLINE void for_max_taps(const TapsMax& t, std::ptrdiff_t at, F f)
{
    for (std::ptrdiff_t row = 0; row < t.tap_rows; ++row)
        for (std::ptrdiff_t column = 0; column < t.tap_columns; ++column)
            f(at + row * t.in_tap_row + column * t.in_tap_column);
}

template <class A>
void taps_max(const TapsMax& given)
{
    const TapsMax t = given;
    for_max_columns(t, [&](std::ptrdiff_t x, std::ptrdiff_t y) NIB_INLINE_LAMBDA {
        FloatBlock<A> largest = load<A>(t.x + x);
        for_max_taps(t, x, [&](std::ptrdiff_t at) NIB_INLINE_LAMBDA {
            const FloatBlock<A> met = load<A>(t.x + at);
            largest = select(less(met, largest), largest, met);
        });
        store<A>(t.y + y, largest);
    });
}

template <class A>
void taps_max_back(const TapsMax& given)
{
    const TapsMax t = given;
    for_max_columns(t, [&](std::ptrdiff_t x, std::ptrdiff_t y) NIB_INLINE_LAMBDA {
        const FloatBlock<A> largest = load<A>(t.y + y);
        FloatBlock<A> left = load<A>(t.dy + y); // of the columns whose largest number has not been met yet
        for_max_taps(t, x, [&](std::ptrdiff_t at) NIB_INLINE_LAMBDA {
            const auto is_less = less(load<A>(t.x + at), largest);
            store<A>(t.dx + at, load<A>(t.dx + at) + select(is_less, zero<A>(), left));
            left = select(is_less, left, zero<A>());
        });
    });
}

} // namespace nib::kernels
