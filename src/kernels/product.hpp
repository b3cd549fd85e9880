// The one inner loop of every matrix product: a tile of C kept in registers while k runs.
//
//   C[m][n] (op)= sum over k of A(m, k) * B[k][n]
//
// B and C are rows of columns. A's numbers are broadcast one at a time, so A may lie either way round. That one loop
// serves all three products of a linear layer: forward (A = W), the gradient of the input (A = W, read down its
// columns) and the gradient of the weights (A = the gradient of the output, B = the input transposed). Other forms
// have the same chains: one column (column.hpp), the last four columns (product_corner.hpp), the
// passes for few examples that update weights as they read them (few_update.hpp, few_update_transposed.hpp,
// few_pass.hpp), and convolutions, whose k runs over taps as well (taps_product.hpp). product_pieces.hpp adds up chains
// over pieces of k.
//
// One answer: each element is a chain of fma over k in ascending order from zero (or from C), whatever the tile.
#pragma once

#include "kernels/column.hpp"
#include "kernels/product_corner.hpp"
#include "kernels/product_pieces.hpp"
#include "kernels/table.hpp"
#include "kernels/with_number.hpp"
#include "simd/simd.hpp"

#include <algorithm>

namespace nib::kernels {

using namespace simd;

// Tile of C: rows x registers of columns. It takes rows * registers accumulators, the registers of B, and one broadcast
// if an fma cannot read it from memory. AVX-512 and 64-bit NEON have 32 registers (of 16 and 4 floats), AVX2, SSE2 and
// 32-bit NEON 16 (of 8, 4 and 4). Up to low_rows rows make a tile of low_registers, since few rows need more sums side
// by side: an fma takes four cycles, and one or two start in each cycle. Up to wide_rows rows may take one register
// more for the last columns: 105 columns with AVX-512 are two panels of 32 and one of 41, where a panel of 9 would
// broadcast all of A for 9 columns.
template <class A>
struct Tile {
    static constexpr int rows = 2, registers = 4, low_rows = 0, low_registers = 0, wide_rows = 0;
};
#if defined(__AVX512F__)
template <>
struct Tile<Avx512> {
    static constexpr int rows = 14, registers = 2, low_rows = 2, low_registers = 8, wide_rows = 9;
};
#endif
#if defined(__AVX2__)
template <>
struct Tile<Avx2> {
    static constexpr int rows = 6, registers = 2, low_rows = 2, low_registers = 4, wide_rows = 4;
};
#endif
#if defined(__SSE2__)
template <>
struct Tile<Sse2> {
    static constexpr int rows = 3, registers = 4, low_rows = 0, low_registers = 0, wide_rows = 0;
};
#endif
#if defined(__aarch64__)
template <>
struct Tile<Neon64> {
    static constexpr int rows = 6, registers = 4, low_rows = 2, low_registers = 8, wide_rows = 5;
};
#elif defined(NIB_SIMD_NEON)
template <>
struct Tile<Neon> { // a tile of 3 x 4, as on SSE2, would take 17 registers
    static constexpr int rows = 6, registers = 2, low_rows = 0, low_registers = 0, wide_rows = 0;
};
#endif

// How A's rows lie: along_k: A(m, k) = a[m * stride + k]; across: A(m, k) = a[k * stride + m].
template <bool along_k>
struct Broadcasts {
    // Every third row has a pointer; its neighbours are one or two strides further on. Sixteen pointers would not fit
    // in the general registers.
    const float* p[6];
    std::ptrdiff_t stride;

    NIB_INLINE Broadcasts(const float* a, std::ptrdiff_t row_stride) : stride(row_stride)
    {
#pragma GCC unroll 6
        for (int i = 0; i < 6; ++i) p[i] = along_k ? a + 3 * i * row_stride : a;
    }
    NIB_INLINE float operator()(int row) const { return along_k ? p[row / 3][row % 3 * stride] : p[0][row]; }
    NIB_INLINE void next()
    {
        if constexpr (along_k) {
#pragma GCC unroll 6
            for (auto& each : p) ++each;
        } else {
            p[0] += stride;
        }
    }
};

// Last is AllLanes or FirstLanes: how much of each row's last register is used. It may belong to another architecture,
// with shorter registers.
template <class A, int rows, int registers, bool along_k, class Last>
NIB_INLINE void product_tile(const Product& t, const float* a, const float* b, float* c, const Last& last)
{
    using R = Ops<A>;
    using L = Ops<typename Last::Arch>;
    constexpr int lanes = Native<A>::lanes, full = registers - 1;
    typename Native<A>::Float sums[rows][full > 0 ? full : 1];
    typename Native<typename Last::Arch>::Float ends[rows];
    if (t.op == ProductOp::accumulate) {
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
            const float* from = c + r * t.c_stride;
#pragma GCC unroll 16
            for (int j = 0; j < full; ++j) sums[r][j] = R::load(from + j * lanes);
            ends[r] = last.load(from + full * lanes);
        }
    } else {
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 16
            for (int j = 0; j < full; ++j) sums[r][j] = R::broadcast(0.0f);
            ends[r] = L::broadcast(0.0f);
        }
    }
    Broadcasts<along_k> left(a, t.a_stride);
    for (std::ptrdiff_t k = 0; k < t.k; ++k, b += t.b_stride, left.next()) {
        typename Native<A>::Float right[full > 0 ? full : 1];
#pragma GCC unroll 16
        for (int j = 0; j < full; ++j) right[j] = R::load(b + j * lanes);
        const auto end = last.load(b + full * lanes);
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
            const auto x = R::broadcast(left(r));
#pragma GCC unroll 16
            for (int j = 0; j < full; ++j) sums[r][j] = R::fma(x, right[j], sums[r][j]);
            ends[r] = L::fma(low_lanes<A, typename Last::Arch>(x), end, ends[r]);
        }
    }
    if (t.op == ProductOp::add_scaled) {
        const auto alpha = R::broadcast(t.alpha);
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
            const float* from = c + r * t.c_stride;
#pragma GCC unroll 16
            for (int j = 0; j < full; ++j) sums[r][j] = R::fma(alpha, sums[r][j], R::load(from + j * lanes));
            ends[r] = L::fma(low_lanes<A, typename Last::Arch>(alpha), ends[r], last.load(from + full * lanes));
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
        float* to = c + r * t.c_stride;
#pragma GCC unroll 16
        for (int j = 0; j < full; ++j) R::store(to + j * lanes, sums[r][j]);
        last.store(to + full * lanes, ends[r]);
    }
}

// The same of whole registers, with k in pieces; kept: for sums of pieces that wait for later ones. A memory clobber
// ends each piece, so that nothing but the sums and the operands' places is kept in registers while k runs.
template <class A, int rows, int registers>
NIB_INLINE void cut_tile(const Product& t, const float* a, const float* b, float* c, float* kept)
{
    using R = Ops<A>;
    constexpr int lanes = Native<A>::lanes;
    typename Native<A>::Float sums[rows][registers];
    Broadcasts<true> left(a, t.a_stride);
    for (std::ptrdiff_t piece = 0;;) {
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 16
            for (int j = 0; j < registers; ++j) sums[r][j] = R::broadcast(0.0f);
        }
        for (std::ptrdiff_t k = t.cuts[piece + 1] - t.cuts[piece]; k > 0; --k, b += t.b_stride, left.next()) {
            typename Native<A>::Float right[registers];
#pragma GCC unroll 16
            for (int j = 0; j < registers; ++j) right[j] = R::load(b + j * lanes);
#pragma GCC unroll 16
            for (int r = 0; r < rows; ++r) {
                const auto x = R::broadcast(left(r));
#pragma GCC unroll 16
                for (int j = 0; j < registers; ++j) sums[r][j] = R::fma(x, right[j], sums[r][j]);
            }
        }
        asm volatile("" : "+r"(kept), "+r"(piece) : : "memory");
        ++piece;
#pragma GCC unroll 1
        for (std::ptrdiff_t done = piece; (done & 1) == 0; done >>= 1) {
            kept -= rows * registers * lanes;
#pragma GCC unroll 16
            for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 16
                for (int j = 0; j < registers; ++j)
                    sums[r][j] = R::load(kept + (r * registers + j) * lanes) + sums[r][j];
            }
        }
        if (piece == t.pieces) break;
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 16
            for (int j = 0; j < registers; ++j) R::store(kept + (r * registers + j) * lanes, sums[r][j]);
        }
        kept += rows * registers * lanes;
    }
    const auto alpha = R::broadcast(t.alpha);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
        float* to = c + r * t.c_stride;
#pragma GCC unroll 16
        for (int j = 0; j < registers; ++j) {
            R::store(to + j * lanes,
                     t.op == ProductOp::add_scaled ? R::fma(alpha, sums[r][j], R::load(to + j * lanes)) : sums[r][j]);
        }
    }
}

// Large operands come from distant memory, and no processor predicts short pieces of rows that are pages apart. While
// one tile is computed, a share of the next panel of B is therefore prefetched, and so are the rows of C that the tile
// is stored to, or that the next tile starts from. This makes a step of 8192 examples 1.2 times as fast, and 2048^3
// 1.02 times. For B it pays off above a second cache of a megabyte; for C, which is touched once for each panel,
// earlier.
inline constexpr std::ptrdiff_t far_b = 1 << 18, far_c = 1 << 16; // floats

// Prefetches columns [0, width) of some rows into the second cache.
template <int width>
NIB_INLINE void fetch_rows(const float* p, std::ptrdiff_t stride, std::ptrdiff_t first, std::ptrdiff_t last)
{
    for (std::ptrdiff_t row = first; row < last; ++row) {
        for (int j = 0; j < width; j += 16) __builtin_prefetch(p + row * stride + j, 0, 2);
    }
}

// All row tiles of one column panel, each of at most `rows` rows. The rows are dealt out evenly (100 rows: 4 tiles of
// 13 and 4 of 12), since a short last tile would leave the fma units waiting.
//
// Static, because the AVX-512 file compiles panels of Avx2 too, and the linker must not merge those with AVX2's.
template <class A, int rows, int registers, bool along_k, class Last = AllLanes<A>>
static void product_panel(const Product& t, const float* b, float* c, const Last& last = Last())
{
    const std::ptrdiff_t tiles = (t.m + rows - 1) / rows;
    constexpr int width = registers * Native<A>::lanes;
    const bool fetch_b = t.k * t.b_stride > far_b && b + 2 * width <= t.b + t.n;
    const bool fetch_c = t.m * t.c_stride > far_c, reads_c = t.op == ProductOp::accumulate;
    for (std::ptrdiff_t i = 0, row = 0; i < tiles; ++i) {
        const std::ptrdiff_t height = t.m / tiles + (i < t.m % tiles ? 1 : 0);
        if (fetch_b) fetch_rows<width>(b + width, t.b_stride, t.k * i / tiles, t.k * (i + 1) / tiles);
        const std::ptrdiff_t needed = reads_c ? row + height : row;
        if (fetch_c) fetch_rows<width>(c, t.c_stride, needed, std::min(t.m, needed + height));
        const float* a = along_k ? t.a + row * t.a_stride : t.a + row;
        float* to = c + row * t.c_stride;
        with_number<rows>(height, [&]<int count>() NIB_INLINE_LAMBDA {
            product_tile<A, count, registers, along_k>(t, a, b, to, last);
        });
        row += height;
    }
}

// A panel whose last register holds `left` columns. With AVX-512, up to 8 columns use a register of 8 lanes, whose
// instructions cost half as much on processors that execute 512 bits in two passes.
template <class A, int rows, int registers, bool along_k>
NIB_INLINE void product_end(const Product& t, std::ptrdiff_t column, int left)
{
#if defined(__AVX512F__)
    if constexpr (std::is_same_v<A, Avx512>) {
        if (left <= 8) {
            return product_panel<A, rows, registers, along_k>(t, t.b + column, t.c + column, FirstLanes<Avx2>(left));
        }
    }
#endif
    product_panel<A, rows, registers, along_k>(t, t.b + column, t.c + column, FirstLanes<A>(left));
}

// The last columns, fewer than a panel has, in as few registers as they fit in.
template <class A, int rows, int registers, bool along_k>
NIB_INLINE void product_last(const Product& t, std::ptrdiff_t column)
{
    constexpr int lanes = Native<A>::lanes;
    const int left = static_cast<int>(t.n - column);
    if constexpr (registers > 1) {
        if (left <= (registers - 1) * lanes) return product_last<A, rows, registers - 1, along_k>(t, column);
    }
    product_end<A, rows, registers, along_k>(t, column, left - (registers - 1) * lanes);
}

template <class A, int rows, int registers, int wide_rows, bool along_k>
NIB_INLINE void product_columns(const Product& t)
{
    constexpr int lanes = Native<A>::lanes, width = registers * lanes;
    const bool wide = wide_rows > 0 && t.n > width && (t.n - 1) % width < lanes;
    const std::ptrdiff_t panels = wide ? t.n / width - (t.n % width > 0) : t.n / width;
    std::ptrdiff_t column = 0;
    for (; column < panels * width; column += width) {
        product_panel<A, rows, registers, along_k>(t, t.b + column, t.c + column);
    }
    if (column == t.n) return;
    if constexpr (wide_rows > 0) {
        if (wide) {
            const int left = static_cast<int>(t.n - column) - width;
            return product_end<A, wide_rows, registers + 1, along_k>(t, column, left);
        }
    }
    product_last<A, rows, registers, along_k>(t, column);
}

template <class A, bool along_k>
NIB_INLINE void product_shape(const Product& whole)
{
    using T = Tile<A>;
    Product t = whole;
    if (t.n == 1) {
        const std::ptrdiff_t done = product_column<A, along_k>(t);
        if (done == t.m) return;
        t.m -= done;
        t.a += along_k ? done * t.a_stride : done;
        t.c += done * t.c_stride;
    }
    if constexpr (T::low_rows > 0) {
        if (t.m <= T::low_rows) return product_columns<A, T::low_rows, T::low_registers, 0, along_k>(t);
    }
#if defined(__AVX512F__)
    if constexpr (std::is_same_v<A, Avx512> && along_k) {
        if (t.n % Native<A>::lanes == corner_columns && t.m >= corner_rows) {
            product_corner<A>(t);
            t.n -= corner_columns;
            if (t.n == 0) return;
        }
    }
#endif
    product_columns<A, T::rows, T::registers, T::wide_rows, along_k>(t);
}

// Whole panels; the columns behind them are left. Rows of C are prefetched as in product_panel: the gradient of 1024 x
// 1024 weights over 256 examples in 8 pieces takes 1.04 times as long as in one piece, and took 1.12 without.
template <class A>
static std::ptrdiff_t cut_panels(const Product& t)
{
    constexpr int rows = Tile<A>::rows, registers = Tile<A>::registers, width = registers * Native<A>::lanes;
    alignas(64) float kept[most_piece_levels * rows * width];
    const std::ptrdiff_t tiles = (t.m + rows - 1) / rows;
    const bool fetch_c = t.m * t.c_stride > far_c;
    std::ptrdiff_t column = 0;
    for (; column + width <= t.n; column += width) {
        for (std::ptrdiff_t i = 0, row = 0; i < tiles; ++i) {
            const std::ptrdiff_t height = t.m / tiles + (i < t.m % tiles ? 1 : 0);
            if (fetch_c) fetch_rows<width>(t.c + column, t.c_stride, row, row + height);
            with_number<rows>(height, [&]<int count>() NIB_INLINE_LAMBDA {
                cut_tile<A, count, registers>(t, t.a + row * t.a_stride, t.b + column, t.c + row * t.c_stride + column,
                                              kept);
            });
            row += height;
        }
    }
    return column;
}

template <class A>
void product(const Product& t);

template <class A>
[[gnu::noinline]] static void cut_product(const Product& t)
{
    Product rest = t;
    const std::ptrdiff_t done = cut_panels<A>(t);
    rest.n -= done;
    rest.b += done;
    rest.c += done;
    product_in_pieces<A, 4 * Tile<A>::rows, Tile<A>::registers * Native<A>::lanes>(rest, product<A>);
}

template <class A>
void product(const Product& t)
{
    if (t.pieces > 1) [[unlikely]] {
        cut_product<A>(t);
    } else if (t.a_along_k) {
        product_shape<A, true>(t);
    } else {
        product_shape<A, false>(t);
    }
}

} // namespace nib::kernels
