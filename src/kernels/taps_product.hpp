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

// Rows and blocks of a tile; up to low_rows rows make a tile of low_blocks, up to mid_rows of mid_blocks. Of more than
// `rows`, a tile has tall_rows and a single block, if there are any and A lies across k: B, which comes from distant
// memory, is then read once for 16 rows, while A takes one pointer. With A along k, tall tiles are 2 to 4% slower on
// Zen 4 where B is near.
template <class A>
struct TapsTile {
    static constexpr int rows = 3, blocks = 1, mid_rows = 0, mid_blocks = 0, low_rows = 0, low_blocks = 0,
                         tall_rows = 0;
};
template <>
struct TapsTile<Scalar> {
    static constexpr int rows = 1, blocks = 1, mid_rows = 0, mid_blocks = 0, low_rows = 0, low_blocks = 0,
                         tall_rows = 0;
};
#if defined(__AVX512F__)
template <>
struct TapsTile<Avx512> {
    static constexpr int rows = 9, blocks = 3, mid_rows = 4, mid_blocks = 6, low_rows = 2, low_blocks = 8,
                         tall_rows = 16;
};
#endif
#if defined(__AVX2__)
template <>
struct TapsTile<Avx2> {
    static constexpr int rows = 6, blocks = 1, mid_rows = 3, mid_blocks = 2, low_rows = 1, low_blocks = 4,
                         tall_rows = 0;
};
#endif
#if defined(__aarch64__)
template <>
struct TapsTile<Neon64> {
    static constexpr int rows = 6, blocks = 1, mid_rows = 3, mid_blocks = 2, low_rows = 1, low_blocks = 4,
                         tall_rows = 0;
};
#elif defined(NIB_SIMD_NEON)
template <>
struct TapsTile<Neon> {
    static constexpr int rows = 2, blocks = 1, mid_rows = 0, mid_blocks = 0, low_rows = 0, low_blocks = 0,
                         tall_rows = 0;
};
#endif

// Shorter chains do not make up for what a tile of a single block starts and ends with.
inline constexpr std::ptrdiff_t tall_chain = 64;

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
        return line * t.in_line + pixel * t.in_pixel + 16 * block;
    }
    NIB_INLINE std::ptrdiff_t in_c(const TapsProduct& t) const
    {
        return line * t.out_line + pixel * t.out_pixel + 16 * block;
    }
};

// The next tap's numbers of A, 32 of each row, while this one is computed.
template <int rows>
NIB_INLINE void prefetch_tap(const TapsProduct& t, const float* a)
{
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
        const float* next = a + r * t.a_stride + t.a_tap_column;
        __builtin_prefetch(next);
        __builtin_prefetch(next + 16);
    }
}

template <class A, int rows, int blocks, bool along_k, bool is_a_far>
static void taps_tile(const TapsProduct& t, const float* a, const std::ptrdiff_t* b_at, float* c,
                      const std::ptrdiff_t* c_at)
{
    using R = Ops<A>;
    constexpr int lanes = Native<A>::lanes, registers = parts<A>;
    constexpr bool is_tall = TapsTile<A>::tall_rows > 0 && blocks == 1 && !along_k;
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
    const std::ptrdiff_t depth = t.depth, b_step = t.b_step;
    for (std::ptrdiff_t y = 0; y < t.tap_rows; ++y) {
        for (std::ptrdiff_t x = 0; x < t.tap_columns; ++x) {
            const float* b = t.b + y * t.in_tap_row + x * t.in_tap_column;
            const float* from = a + y * t.a_tap_row + x * t.a_tap_column;
            if constexpr (is_a_far) prefetch_tap<rows>(t, from);
            Broadcasts<along_k> left(from, t.a_stride);
            for (std::ptrdiff_t k = 0; k < depth; ++k, b += b_step, left.next()) {
                // The next tile's columns, for the second cache.
                if constexpr (is_tall) __builtin_prefetch(b + in[0] + 16, 0, 2);
                typename Native<A>::Float right[blocks * registers];
#pragma GCC unroll 8
                for (int j = 0; j < blocks; ++j) {
#pragma GCC unroll 16
                    for (int i = 0; i < registers; ++i) right[j * registers + i] = R::load(b + in[j] + i * lanes);
                }
#pragma GCC unroll 16
                for (int r = 0; r < rows; ++r) {
                    const auto one = R::broadcast(left(r));
#pragma GCC unroll 32
                    for (int j = 0; j < blocks * registers; ++j) sums[r][j] = R::fma(one, right[j], sums[r][j]);
                }
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
template <class A, int rows, int blocks, bool along_k, bool is_a_far>
NIB_INLINE void taps_panel(const TapsProduct& t, const std::ptrdiff_t* b_at, const std::ptrdiff_t* c_at)
{
    const std::ptrdiff_t tiles = (t.m + rows - 1) / rows, a_row = along_k ? t.a_stride : 1;
    for (std::ptrdiff_t i = 0, row = 0; i < tiles; ++i) {
        const std::ptrdiff_t height = t.m / tiles + (i < t.m % tiles ? 1 : 0);
        with_number<rows>(height, [&]<int count>() NIB_INLINE_LAMBDA {
            taps_tile<A, count, blocks, along_k, is_a_far>(t, t.a + row * a_row, b_at, t.c + row * t.c_row, c_at);
        });
        row += height;
    }
}

template <class A, int rows, int blocks, bool along_k, bool is_a_far = false>
NIB_INLINE void taps_columns(const TapsProduct& t)
{
    std::ptrdiff_t left = t.lines * t.pixels * t.blocks;
    for (ColumnPlace place; left > 0;) {
        const std::ptrdiff_t width = std::min<std::ptrdiff_t>(left, blocks);
        std::ptrdiff_t b_at[blocks], c_at[blocks];
        for (std::ptrdiff_t j = 0; j < width; ++j, place.next(t)) b_at[j] = place.in_b(t), c_at[j] = place.in_c(t);
        with_number<blocks>(width, [&]<int count>() NIB_INLINE_LAMBDA {
            taps_panel<A, rows, count, along_k, is_a_far>(t, b_at, c_at);
        });
        left -= width;
    }
}

template <class A, bool along_k>
NIB_INLINE void taps_rows(const TapsProduct& t)
{
    using T = TapsTile<A>;
    if constexpr (T::low_rows > 0) {
        if (t.m <= T::low_rows) return taps_columns<A, T::low_rows, T::low_blocks, along_k>(t);
    }
    if constexpr (T::mid_rows > 0) {
        if (t.m <= T::mid_rows) return taps_columns<A, T::mid_rows, T::mid_blocks, along_k>(t);
    }
    if constexpr (along_k) {
        if (t.is_a_far) return taps_columns<A, T::rows, T::blocks, true, true>(t);
    } else if constexpr (T::tall_rows > 0) {
        const bool is_long = t.tap_rows * t.tap_columns * t.depth >= tall_chain;
        if (t.m > T::rows && is_long) return taps_columns<A, T::tall_rows, 1, false>(t);
    }
    taps_columns<A, T::rows, T::blocks, along_k>(t);
}

template <class A>
void taps_product(const TapsProduct& given)
{
    const TapsProduct t = given;
    if (t.m == 1 && t.depth == 1) return taps_lines<A>(t);
    if (t.a_along_k) return taps_rows<A, true>(t);
    taps_rows<A, false>(t);
}

} // namespace nib::kernels
