// A product whose k is cut into pieces that are added up as a tree (Product::pieces). The sums of some rows and columns
// stay in the nearest cache while the pieces are computed: with 8 pieces of 128, that costs 2 to 3% of the product.
// Each piece is a product of its own, by the tiles of product.hpp, and the second one of a pair is added to the first
// as it leaves the registers: fma(1, sum, C) is sum + C.
#pragma once

#include "kernels/elementwise.hpp"
#include "kernels/table.hpp"

#include <algorithm>

namespace nib::kernels {

inline constexpr int most_piece_levels = 8; // log2(most_pieces)
inline constexpr std::ptrdiff_t piece_columns = 128;

// Some rows and columns of C.
struct PieceTile {
    float* at;
    std::ptrdiff_t stride;
};

// to = f(from, to), for each row.
template <class A, class F>
NIB_INLINE void for_tile(std::ptrdiff_t rows, std::ptrdiff_t columns, const PieceTile& from, const PieceTile& to, F f)
{
    for (std::ptrdiff_t r = 0; r < rows; ++r) {
        const float* const x = from.at + r * from.stride;
        float* const y = to.at + r * to.stride;
        for_array<A>(columns, [&](std::ptrdiff_t i, auto get, auto put)
                                  NIB_INLINE_LAMBDA { put(y + i, f(get(x + i), get(y + i))); });
    }
}

// Up to `rows` rows and piece_columns columns of C. product(Product) computes a product of one piece.
template <class A, int rows, class F>
static void product_tile_in_pieces(const Product& t, F product)
{
    alignas(64) float sums[most_piece_levels][rows * piece_columns];
    const auto level = [&](std::ptrdiff_t i) NIB_INLINE_LAMBDA {
        return i == 0 && t.op == ProductOp::store ? PieceTile{t.c, t.c_stride} : PieceTile{sums[i], piece_columns};
    };
    const auto add = [](const FloatBlock<A>& x, const FloatBlock<A>& y) NIB_INLINE_LAMBDA { return y + x; };
    std::ptrdiff_t kept = 0; // sums of pieces, which are to be added to later ones
    for (std::ptrdiff_t piece = 0; piece < t.pieces; ++piece) {
        const bool is_second = piece % 2 == 1;
        const std::ptrdiff_t begin = t.cuts[piece] - t.cuts[0];
        if (!is_second) ++kept;
        const PieceTile to = level(kept - 1);
        product({.m = t.m,
                 .n = t.n,
                 .k = t.cuts[piece + 1] - t.cuts[piece],
                 .a = t.a + begin * (t.a_along_k ? 1 : t.a_stride),
                 .a_stride = t.a_stride,
                 .a_along_k = t.a_along_k,
                 .b = t.b + begin * t.b_stride,
                 .b_stride = t.b_stride,
                 .c = to.at,
                 .c_stride = to.stride,
                 .op = is_second ? ProductOp::add_scaled : ProductOp::store,
                 .alpha = 1});
        if (!is_second) continue;
        for (std::ptrdiff_t pairs = (piece + 1) / 2; pairs % 2 == 0; pairs /= 2, --kept)
            for_tile<A>(t.m, t.n, level(kept - 1), level(kept - 2), add);
    }
    if (t.op != ProductOp::add_scaled) return;
    const FloatBlock<A> alpha = broadcast<A>(t.alpha);
    for_tile<A>(t.m, t.n, level(0), {t.c, t.c_stride},
                [&](const FloatBlock<A>& x, const FloatBlock<A>& y) NIB_INLINE_LAMBDA { return fma(alpha, x, y); });
}

template <class A, int rows, class F>
NIB_INLINE void product_in_pieces(const Product& whole, F product)
{
    const std::ptrdiff_t tiles = (whole.m + rows - 1) / rows;
    for (std::ptrdiff_t column = 0; column < whole.n; column += piece_columns) {
        for (std::ptrdiff_t i = 0; i < tiles; ++i) {
            const std::ptrdiff_t row = whole.m * i / tiles;
            Product t = whole;
            t.m = whole.m * (i + 1) / tiles - row;
            t.n = std::min(piece_columns, whole.n - column);
            t.a += whole.a_along_k ? row * whole.a_stride : row;
            t.b += column;
            t.c += row * whole.c_stride + column;
            product_tile_in_pieces<A, rows>(t, product);
        }
    }
}

} // namespace nib::kernels
