// The update of weights from very few examples: C (m, n) += alpha A^T B, where the examples' rows of B stay in
// registers while the rows of C pass by. The general product would set up a tile every few rows, for only a few steps
// of k: it takes 1.1 to 1.5 times as long for 1 to 5 examples with AVX2. For more examples see
// few_update_transposed.hpp.
#pragma once

#include "kernels/table.hpp"
#include "kernels/with_number.hpp"
#include "simd/simd.hpp"

#include <algorithm>

namespace nib::kernels {

using namespace simd;

// The registers that one pass may fill: the registers of B, a sum for each column, a broadcast and alpha.
template <class A>
inline constexpr int update_registers = 14;
#if defined(__AVX512F__)
template <>
inline constexpr int update_registers<Avx512> = 30;
#endif
#if defined(__aarch64__)
template <>
inline constexpr int update_registers<Neon64> = 30;
#endif

// So many columns of registers, 8 at most. Registers of up to four lanes have a number that divides all blocks of 16:
// one form of the code is enough then, where scalar code would have 20 KB more.
template <class A>
constexpr int even_columns(int columns)
{
    if (Native<A>::lanes > 4) return std::clamp(columns, 1, 8);
    return columns >= 4 ? 4 : columns >= 2 ? 2 : 1;
}

// Registers side by side in a pass over `examples` rows of B.
template <class A, int examples>
inline constexpr int update_columns = even_columns<A>((update_registers<A> - 2) / (examples + 1));

template <class A, int examples, int columns>
NIB_INLINE void update_pass(const FewUpdate& t, std::ptrdiff_t at)
{
    using R = Ops<A>;
    constexpr int lanes = Native<A>::lanes;
    const auto alpha = R::broadcast(t.alpha);
    typename Native<A>::Float right[examples][columns];
#pragma GCC unroll 16
    for (int e = 0; e < examples; ++e) {
#pragma GCC unroll 8
        for (int j = 0; j < columns; ++j) right[e][j] = R::load(t.b + e * t.b_stride + at + j * lanes);
    }
    float* c = t.c + at;
    for (std::ptrdiff_t row = 0; row < t.m; ++row, c += t.c_stride) {
        typename Native<A>::Float sums[columns];
#pragma GCC unroll 8
        for (int j = 0; j < columns; ++j) sums[j] = R::broadcast(0.0f);
#pragma GCC unroll 16
        for (int e = 0; e < examples; ++e) {
            const auto left = R::broadcast(t.a[e * t.a_stride + row]);
#pragma GCC unroll 8
            for (int j = 0; j < columns; ++j) sums[j] = R::fma(left, right[e][j], sums[j]);
        }
#pragma GCC unroll 8
        for (int j = 0; j < columns; ++j) {
            float* to = c + j * lanes;
            R::store(to, R::fma(alpha, sums[j], R::load(to)));
        }
    }
}

template <class A>
void few_update(const FewUpdate& given)
{
    const FewUpdate t = given;
    with_number<fewest_examples>(t.examples, [&]<int examples>() NIB_INLINE_LAMBDA {
        in_passes<update_columns<A, examples>, Native<A>::lanes>(
            t.n, [&]<int columns>(std::ptrdiff_t at) NIB_INLINE_LAMBDA { update_pass<A, examples, columns>(t, at); });
    });
}

} // namespace nib::kernels
