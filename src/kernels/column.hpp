// The product with one column, which a batch of one example has. A's rows lie in the lanes, since the single column
// would fill one lane of each register. product.hpp defines the product.
#pragma once

#include "kernels/table.hpp"
#include "kernels/transpose.hpp"
#include "kernels/with_number.hpp"

#include <algorithm>

namespace nib::kernels {

using namespace simd;

// The number of blocks of 16 rows whose sums stay in registers. An fma waits four cycles for the one before it in its
// chain, so as many chains as fit run side by side.
template <class A>
inline constexpr int column_blocks = std::max(1, Native<A>::lanes / 2);

// sums += A x over `depth` numbers of x, A's rows side by side: a[k * stride + row].
template <class A, int blocks>
NIB_INLINE void add_across(std::ptrdiff_t depth, const float* a, std::ptrdiff_t stride, const float* x,
                           std::ptrdiff_t x_stride, FloatBlock<A> (&sums)[blocks])
{
    for (std::ptrdiff_t k = 0; k < depth; ++k) {
        const FloatBlock<A> number = broadcast<A>(x[k * x_stride]);
#pragma GCC unroll 8
        for (int j = 0; j < blocks; ++j) sums[j] = fma(number, load<A>(a + k * stride + 16 * j), sums[j]);
    }
}

// The same for rows one behind the other, a[row * stride + k]: sixteen numbers of each row are first transposed.
template <class A, int blocks>
NIB_INLINE void add_along(std::ptrdiff_t depth, const float* a, std::ptrdiff_t stride, const float* x,
                          std::ptrdiff_t x_stride, FloatBlock<A> (&sums)[blocks])
{
    constexpr std::ptrdiff_t width = 16 * blocks;
    float across[16 * width];
    for (std::ptrdiff_t k = 0; k < depth; k += 16) {
        const std::ptrdiff_t count = std::min<std::ptrdiff_t>(16, depth - k);
        for (std::ptrdiff_t row = 0; row < width; row += 16) {
            const float* from = a + row * stride + k;
            if (count == 16) {
                transpose_16x16<A>(from, stride, across + row, width);
            } else {
                transpose_small<A>(16, count, from, stride, across + row, width);
            }
        }
        add_across<A>(count, across, width, x + k * x_stride, x_stride, sums);
    }
}

template <class A, bool along_k, int blocks>
NIB_INLINE void column_rows(const Product& t, std::ptrdiff_t row)
{
    constexpr int rows = 16 * blocks;
    float* c = t.c + row * t.c_stride;
    float numbers[rows] = {}; // C's, side by side
    if (t.op != ProductOp::store) {
        for (int r = 0; r < rows; ++r) numbers[r] = c[r * t.c_stride];
    }
    const bool adds = t.op == ProductOp::add_scaled;
    FloatBlock<A> sums[blocks];
#pragma GCC unroll 8
    for (int j = 0; j < blocks; ++j) sums[j] = adds ? zero<A>() : load<A>(numbers + 16 * j);
    if constexpr (along_k) {
        add_along<A>(t.k, t.a + row * t.a_stride, t.a_stride, t.b, t.b_stride, sums);
    } else {
        add_across<A>(t.k, t.a + row, t.a_stride, t.b, t.b_stride, sums);
    }
#pragma GCC unroll 8
    for (int j = 0; j < blocks; ++j) {
        float* to = numbers + 16 * j;
        store<A>(to, adds ? fma(broadcast<A>(t.alpha), sums[j], load<A>(to)) : sums[j]);
    }
    for (int r = 0; r < rows; ++r) c[r * t.c_stride] = numbers[r];
}

// Computes whole blocks of 16 rows; returns how many rows it computed.
template <class A, bool along_k>
NIB_INLINE std::ptrdiff_t product_column(const Product& t)
{
    in_passes<column_blocks<A>>(t.m, [&]<int blocks>(std::ptrdiff_t row)
                                         NIB_INLINE_LAMBDA { column_rows<A, along_k, blocks>(t, row); });
    return t.m / 16 * 16;
}

} // namespace nib::kernels
