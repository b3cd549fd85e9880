// The one inner loop of every matrix product: a tile of C kept in registers while k runs.
//
//   C[m][n] (op)= sum over k of A(m, k) * B[k][n]
//
// B and C are rows of 16-float blocks; A's numbers are broadcast one at a time, so A may lie either way round. That one
// loop serves all three products of a linear layer: forward (A = W), the gradient of the input (A = W, read down
// its columns) and the gradient of the weights (A = the gradient of the output, B = the input transposed).
//
// One answer: each element is a chain of fma over k in ascending order from zero (or from C), whatever the tile.
#pragma once

#include "kernels/simd.hpp"
#include "kernels/table.hpp"

#include <algorithm>

namespace nib::kernels {

using namespace simd;

// Tile of C: rows x blocks of 16 columns. Registers: rows * blocks accumulators, blocks of B, and one broadcast where
// an fma cannot take it from memory. AVX-512 and NEON have 32 registers of 1 and 1/4 block, AVX2 16 of 1/2, SSE2 16 of
// 1/4.
template <class A>
struct Tile {
    static constexpr int rows = 4, blocks = 1;
};
#if defined(__AVX512F__)
template <>
struct Tile<Avx512> {
    static constexpr int rows = 14, blocks = 2;
};
#endif
#if defined(__AVX2__)
template <>
struct Tile<Avx2> {
    static constexpr int rows = 6, blocks = 1;
};
#endif
#if defined(__SSE2__)
template <>
struct Tile<Sse2> {
    static constexpr int rows = 3, blocks = 1;
};
#endif
#if defined(__aarch64__)
template <>
struct Tile<Neon64> {
    static constexpr int rows = 6, blocks = 1;
};
#endif

// How A's rows lie: along_k: A(m, k) = a[m * stride + k]; across: A(m, k) = a[k * stride + m].
template <bool along_k>
struct Broadcasts {
    // Rows 0, 3, 6, 9 and 12 have a pointer each; their neighbours are one or two strides on. Fourteen pointers would
    // not fit the general registers.
    const float* p[5];
    std::ptrdiff_t stride;

    NIB_INLINE Broadcasts(const float* a, std::ptrdiff_t row_stride) : stride(row_stride)
    {
#pragma GCC unroll 5
        for (int i = 0; i < 5; ++i) p[i] = along_k ? a + 3 * i * row_stride : a;
    }
    NIB_INLINE float operator()(int row) const { return along_k ? p[row / 3][row % 3 * stride] : p[0][row]; }
    NIB_INLINE void next()
    {
        if constexpr (along_k) {
#pragma GCC unroll 5
            for (auto& each : p) ++each;
        } else {
            p[0] += stride;
        }
    }
};

template <class A, int rows, int blocks, bool along_k>
NIB_INLINE void product_tile(const Product& t, const float* a, const float* b, float* c)
{
    F16<A> sums[rows][blocks];
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 2
        for (int j = 0; j < blocks; ++j) {
            sums[r][j] = t.op == ProductOp::accumulate ? load<A>(c + r * t.c_stride + 16 * j) : zero<A>();
        }
    }
    Broadcasts<along_k> left(a, t.a_stride);
    for (std::ptrdiff_t k = 0; k < t.k; ++k, b += t.b_stride, left.next()) {
        F16<A> right[blocks];
#pragma GCC unroll 2
        for (int j = 0; j < blocks; ++j) right[j] = load<A>(b + 16 * j);
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
            const F16<A> x = broadcast<A>(left(r));
#pragma GCC unroll 2
            for (int j = 0; j < blocks; ++j) sums[r][j] = fma(x, right[j], sums[r][j]);
        }
    }
    const F16<A> alpha = broadcast<A>(t.alpha);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 2
        for (int j = 0; j < blocks; ++j) {
            float* to = c + r * t.c_stride + 16 * j;
            store<A>(to, t.op == ProductOp::add_scaled ? fma(alpha, sums[r][j], load<A>(to)) : sums[r][j]);
        }
    }
}

template <class A, int blocks, bool along_k, int rows = Tile<A>::rows>
NIB_INLINE void product_rows(const Product& t, std::ptrdiff_t height, const float* a, const float* b, float* c)
{
    if constexpr (rows > 0) {
        if (height == rows) return product_tile<A, rows, blocks, along_k>(t, a, b, c);
        product_rows<A, blocks, along_k, rows - 1>(t, height, a, b, c);
    }
}

// All row tiles of one column panel. Rows are dealt out evenly (100 rows: 4 tiles of 13 and 4 of 12), since a short
// last tile would leave the fma units waiting.
template <class A, int blocks, bool along_k>
void product_panel(const Product& t, const float* b, float* c)
{
    const std::ptrdiff_t tiles = (t.m + Tile<A>::rows - 1) / Tile<A>::rows;
    for (std::ptrdiff_t i = 0, row = 0; i < tiles; ++i) {
        const std::ptrdiff_t height = t.m / tiles + (i < t.m % tiles ? 1 : 0);
        const float* a = along_k ? t.a + row * t.a_stride : t.a + row;
        product_rows<A, blocks, along_k>(t, height, a, b, c + row * t.c_stride);
        row += height;
    }
}

template <class A, bool along_k>
NIB_INLINE void product_columns(const Product& t)
{
    std::ptrdiff_t block = 0;
    if constexpr (Tile<A>::blocks == 2) {
        for (; block + 2 <= t.n_blocks; block += 2) product_panel<A, 2, along_k>(t, t.b + 16 * block, t.c + 16 * block);
    }
    for (; block < t.n_blocks; ++block) product_panel<A, 1, along_k>(t, t.b + 16 * block, t.c + 16 * block);
}

template <class A>
void product(const Product& t)
{
    if (t.a_along_k) {
        product_columns<A, true>(t);
    } else {
        product_columns<A, false>(t);
    }
}

} // namespace nib::kernels
