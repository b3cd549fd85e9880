// The update of weights from 6 to 14 examples, which also writes the new weights transposed. It goes by squares of as
// many rows as a register has columns: a square is summed, updated and transposed in registers. The product followed by
// a transposition, which reads the weights again, took 1.4 times as long for 200 x 30 and 27 x 200 weights and 8
// examples (AVX-512).
#pragma once

#include "kernels/product.hpp"
#include "kernels/transpose.hpp"

namespace nib::kernels {

#if defined(__AVX2__)
// The rows of a square become its columns.
NIB_INLINE void transpose_square(__m256 (&r)[8])
{
    __m256 quads[8];
#pragma GCC unroll 2
    for (int i = 0; i < 8; i += 4) {
        const __m256d low0 = _mm256_castps_pd(_mm256_unpacklo_ps(r[i], r[i + 1]));
        const __m256d low1 = _mm256_castps_pd(_mm256_unpacklo_ps(r[i + 2], r[i + 3]));
        const __m256d high0 = _mm256_castps_pd(_mm256_unpackhi_ps(r[i], r[i + 1]));
        const __m256d high1 = _mm256_castps_pd(_mm256_unpackhi_ps(r[i + 2], r[i + 3]));
        quads[i] = _mm256_castpd_ps(_mm256_unpacklo_pd(low0, low1));
        quads[i + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(low0, low1));
        quads[i + 2] = _mm256_castpd_ps(_mm256_unpacklo_pd(high0, high1));
        quads[i + 3] = _mm256_castpd_ps(_mm256_unpackhi_pd(high0, high1));
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
        r[i] = _mm256_permute2f128_ps(quads[i], quads[i + 4], 0x20);
        r[i + 4] = _mm256_permute2f128_ps(quads[i], quads[i + 4], 0x31);
    }
}
#endif

#if defined(__AVX2__)
// The square of rows [row, row + rows) and one register's columns from `column` on, of which the first `columns` are
// written transposed. Rows behind the last count as zeros there.
template <class A, bool whole>
NIB_INLINE void update_square(const FewUpdateTransposed& both, std::ptrdiff_t row, std::ptrdiff_t column, int rows,
                              int columns)
{
    const FewUpdate& t = both.update;
    using R = Ops<A>;
    constexpr int lanes = Native<A>::lanes;
    typename Native<A>::Float::register_type square[lanes];
    typename Native<A>::Float sums[lanes];
#pragma GCC unroll 16
    for (auto& each : sums) each = R::broadcast(0.0f);
    const float* left = t.a + row;
    const float* right = t.b + column;
    for (std::ptrdiff_t e = 0; e < t.examples; ++e, left += t.a_stride, right += t.b_stride) {
        const auto x = R::load(right);
#pragma GCC unroll 16
        for (int r = 0; r < lanes; ++r) {
            if (whole || r < rows) sums[r] = R::fma(R::broadcast(left[r]), x, sums[r]);
        }
    }
    const auto alpha = R::broadcast(t.alpha);
    float* to = t.c + row * t.c_stride + column;
#pragma GCC unroll 16
    for (int r = 0; r < lanes; ++r) {
        if (whole || r < rows) {
            sums[r] = R::fma(alpha, sums[r], R::load(to + r * t.c_stride));
            R::store(to + r * t.c_stride, sums[r]);
        }
        square[r] = sums[r];
    }
    transpose_square(square);
    float* across = both.transposed + column * both.transposed_stride + row;
#pragma GCC unroll 16
    for (int r = 0; r < lanes; ++r) {
        if (whole || r < columns) R::store(across + r * both.transposed_stride, square[r]);
    }
}

template <class A>
NIB_INLINE void update_squares(const FewUpdateTransposed& t)
{
    constexpr int lanes = Native<A>::lanes;
    for (std::ptrdiff_t row = 0; row < t.update.m; row += lanes) {
        const int rows = static_cast<int>(std::min<std::ptrdiff_t>(lanes, t.update.m - row));
        for (std::ptrdiff_t column = 0; column < t.columns; column += lanes) {
            const int columns = static_cast<int>(std::min<std::ptrdiff_t>(lanes, t.columns - column));
            rows == lanes&& columns == lanes ? update_square<A, true>(t, row, column, rows, columns)
                                             : update_square<A, false>(t, row, column, rows, columns);
        }
    }
}
#endif

template <class A>
void few_update_transposed(const FewUpdateTransposed& given)
{
    const FewUpdateTransposed both = given;
#if defined(__AVX2__)
    // With four lanes a square would have too few sums for an fma's latency.
    if constexpr (Native<A>::lanes >= 8) return update_squares<A>(both);
#endif
    const FewUpdate& t = both.update;
    product<A>({.m = t.m,
                .n = t.n,
                .k = t.examples,
                .a = t.a,
                .a_stride = t.a_stride,
                .a_along_k = false,
                .b = t.b,
                .b_stride = t.b_stride,
                .c = t.c,
                .c_stride = t.c_stride,
                .op = ProductOp::add_scaled,
                .alpha = t.alpha});
    transpose<A>(t.m, both.columns, t.c, t.c_stride, both.transposed, both.transposed_stride);
}

} // namespace nib::kernels
