// The columns behind the whole panels of a product in pieces (Product::pieces). Each piece of some rows is a product of
// its own, by the forms for few columns, whose sums stay in the nearest cache. The second one of a pair is added to the
// first as it leaves the registers: fma(1, sum, C) is sum + C.
#pragma once

#include "kernels/add.hpp"
#include "kernels/table.hpp"

#include <algorithm>

namespace nib::kernels {

// Up to `rows` rows and `columns` columns of C. product(Product) computes a product of one piece.
template <class A, int rows, int columns, class F>
static void product_tile_in_pieces(const Product& t, F product)
{
    alignas(64) float sums[most_piece_levels][rows * columns]; // each (m, n) without gaps
    std::ptrdiff_t kept = 0;                                   // sums of pieces, which are to be added to later ones
    for (std::ptrdiff_t piece = 0; piece < t.pieces; ++piece) {
        const bool is_second = piece % 2 == 1;
        const std::ptrdiff_t begin = t.cuts[piece] - t.cuts[0];
        if (!is_second) ++kept;
        product({.m = t.m,
                 .n = t.n,
                 .k = t.cuts[piece + 1] - t.cuts[piece],
                 .a = t.a + begin,
                 .a_stride = t.a_stride,
                 .a_along_k = true,
                 .b = t.b + begin * t.b_stride,
                 .b_stride = t.b_stride,
                 .c = sums[kept - 1],
                 .c_stride = t.n,
                 .op = is_second ? ProductOp::add_scaled : ProductOp::store,
                 .alpha = 1});
        if (!is_second) continue;
        for (std::ptrdiff_t pairs = (piece + 1) / 2; pairs % 2 == 0; pairs /= 2, --kept)
            add<A>(t.m * t.n, sums[kept - 2], sums[kept - 1], sums[kept - 2]);
    }
    const FloatBlock<A> alpha = broadcast<A>(t.alpha);
    for (std::ptrdiff_t r = 0; r < t.m; ++r) {
        const float* const sum = sums[0] + r * t.n;
        float* const c = t.c + r * t.c_stride;
        for_array<A>(t.n, [&](std::ptrdiff_t i, auto get, auto put) NIB_INLINE_LAMBDA {
            put(c + i, t.op == ProductOp::store ? get(sum + i) : fma(alpha, get(sum + i), get(c + i)));
        });
    }
}

template <class A, int rows, int columns, class F>
NIB_INLINE void product_in_pieces(const Product& whole, F product)
{
    const std::ptrdiff_t tiles = (whole.m + rows - 1) / rows;
    for (std::ptrdiff_t i = 0; i < tiles && whole.n > 0; ++i) {
        const std::ptrdiff_t row = whole.m * i / tiles;
        Product t = whole;
        t.m = whole.m * (i + 1) / tiles - row;
        t.a += row * whole.a_stride;
        t.c += row * whole.c_stride;
        product_tile_in_pieces<A, rows, columns>(t, product);
    }
}

} // namespace nib::kernels
