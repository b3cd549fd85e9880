// The product of a convolution: a tile of C kept in registers while the taps run, and within each tap its channels.
//
//   C[m][column] (op)= sum over taps, then over k, of A(m, tap, k) * B(tap, k)[column]
//
// A column is a block of 16 floats: 16 examples of a pixel in the way forward and the gradient of the input, 16 channels
// in the gradient of the weights. Each register of a tile has its own place, since neighbours may belong to different
// pixels.
//
// One answer: each element is a chain of fma from zero (or from C) over the taps in their order and k within a tap.
#pragma once

#include "kernels/product.hpp"
#include "kernels/taps_line.hpp"

namespace nib::kernels {

// Rows and blocks of a tile; up to low_rows rows make a tile of low_blocks, up to mid_rows of mid_blocks.
template <class A>
struct TapsTile {
    static constexpr int rows = 3, blocks = 1, mid_rows = 0, mid_blocks = 0, low_rows = 0, low_blocks = 0;
};
template <>
struct TapsTile<Scalar> {
    static constexpr int rows = 1, blocks = 1, mid_rows = 0, mid_blocks = 0, low_rows = 0, low_blocks = 0;
};
#if defined(__AVX512F__)
template <>
struct TapsTile<Avx512> {
    static constexpr int rows = 9, blocks = 3, mid_rows = 4, mid_blocks = 6, low_rows = 2, low_blocks = 8;
};
#endif
#if defined(__AVX2__)
template <>
struct TapsTile<Avx2> {
    static constexpr int rows = 6, blocks = 1, mid_rows = 3, mid_blocks = 2, low_rows = 1, low_blocks = 4;
};
#endif
#if defined(__aarch64__)
template <>
struct TapsTile<Neon64> {
    static constexpr int rows = 6, blocks = 1, mid_rows = 3, mid_blocks = 2, low_rows = 1, low_blocks = 4;
};
#elif defined(NIB_SIMD_NEON)
template <>
struct TapsTile<Neon> {
    static constexpr int rows = 2, blocks = 1, mid_rows = 0, mid_blocks = 0, low_rows = 0, low_blocks = 0;
};
#endif

// The place of a column among lines, pixels and blocks, as they follow each other.
struct ColumnPlace {
    std::ptrdiff_t line = 0, pixel = 0, block = 0;

    NIB_INLINE void next(const TapsProduct& t)
    {
        if (++block < t.blocks) return;
        block = 0;
        if (++pixel < t.pixels) return;
        pixel = 0;
        ++line;
    }
    NIB_INLINE std::ptrdiff_t in_b(const TapsProduct& t) const
    {
        return line * t.b_line + pixel * t.b_pixel + 16 * block;
    }
    NIB_INLINE std::ptrdiff_t in_c(const TapsProduct& t) const
    {
        return line * t.c_line + pixel * t.c_pixel + 16 * block;
    }
};

template <class A, int rows, int blocks>
static void taps_tile(const TapsProduct& t, const float* a, const std::ptrdiff_t* b_at, float* c,
                      const std::ptrdiff_t* c_at)
{
    using R = Ops<A>;
    constexpr int lanes = Native<A>::lanes, registers = parts<A>;
    typename Native<A>::Float sums[rows][blocks * registers];
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 8
        for (int j = 0; j < blocks; ++j) {
            const float* from = c + r * t.c_row + c_at[j];
#pragma GCC unroll 16
            for (int i = 0; i < registers; ++i)
                sums[r][j * registers + i] = t.accumulate ? R::load(from + i * lanes) : R::broadcast(0.0f);
        }
    }
    std::ptrdiff_t in[blocks];
#pragma GCC unroll 8
    for (int j = 0; j < blocks; ++j) in[j] = b_at[j];
    const std::ptrdiff_t depth = t.depth, a_step = t.a_step, b_step = t.b_step;
    for (std::ptrdiff_t y = 0; y < t.tap_rows; ++y) {
        for (std::ptrdiff_t x = 0; x < t.tap_columns; ++x) {
            const float* b = t.b + y * t.b_tap_row + x * t.b_tap_column;
            // Every third row has a pointer, as in Broadcasts.
            const float* p[(rows + 2) / 3];
#pragma GCC unroll 4
            for (int i = 0; i < (rows + 2) / 3; ++i)
                p[i] = a + y * t.a_tap_row + x * t.a_tap_column + 3 * i * t.a_row;
            for (std::ptrdiff_t k = 0; k < depth; ++k, b += b_step) {
                typename Native<A>::Float right[blocks * registers];
#pragma GCC unroll 8
                for (int j = 0; j < blocks; ++j) {
#pragma GCC unroll 16
                    for (int i = 0; i < registers; ++i) right[j * registers + i] = R::load(b + in[j] + i * lanes);
                }
#pragma GCC unroll 16
                for (int r = 0; r < rows; ++r) {
                    const auto left = R::broadcast(p[r / 3][r % 3 * t.a_row]);
#pragma GCC unroll 32
                    for (int j = 0; j < blocks * registers; ++j) sums[r][j] = R::fma(left, right[j], sums[r][j]);
                }
#pragma GCC unroll 4
                for (auto& each : p) each += a_step;
            }
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 8
        for (int j = 0; j < blocks; ++j) {
            float* to = c + r * t.c_row + c_at[j];
#pragma GCC unroll 16
            for (int i = 0; i < registers; ++i) R::store(to + i * lanes, sums[r][j * registers + i]);
        }
    }
}

// All row tiles of some columns; the rows are dealt out evenly.
template <class A, int rows, int blocks>
NIB_INLINE void taps_panel(const TapsProduct& t, const std::ptrdiff_t* b_at, const std::ptrdiff_t* c_at)
{
    const std::ptrdiff_t tiles = (t.m + rows - 1) / rows;
    for (std::ptrdiff_t i = 0, row = 0; i < tiles; ++i) {
        const std::ptrdiff_t height = t.m / tiles + (i < t.m % tiles ? 1 : 0);
        with_number<rows>(height, [&]<int count>() NIB_INLINE_LAMBDA {
            taps_tile<A, count, blocks>(t, t.a + row * t.a_row, b_at, t.c + row * t.c_row, c_at);
        });
        row += height;
    }
}

template <class A, int rows, int blocks>
NIB_INLINE void taps_columns(const TapsProduct& t)
{
    std::ptrdiff_t left = t.lines * t.pixels * t.blocks;
    for (ColumnPlace place; left > 0;) {
        const std::ptrdiff_t width = std::min<std::ptrdiff_t>(left, blocks);
        std::ptrdiff_t b_at[blocks], c_at[blocks];
        for (std::ptrdiff_t j = 0; j < width; ++j, place.next(t)) b_at[j] = place.in_b(t), c_at[j] = place.in_c(t);
        with_number<blocks>(width,
                            [&]<int count>() NIB_INLINE_LAMBDA { taps_panel<A, rows, count>(t, b_at, c_at); });
        left -= width;
    }
}

template <class A>
void taps_product(const TapsProduct& given)
{
    const TapsProduct t = given;
    using T = TapsTile<A>;
    if (t.m == 1 && t.depth == 1) return taps_lines<A>(t);
    if constexpr (T::low_rows > 0) {
        if (t.m <= T::low_rows) return taps_columns<A, T::low_rows, T::low_blocks>(t);
    }
    if constexpr (T::mid_rows > 0) {
        if (t.m <= T::mid_rows) return taps_columns<A, T::mid_rows, T::mid_blocks>(t);
    }
    taps_columns<A, T::rows, T::blocks>(t);
}

} // namespace nib::kernels
