// to (columns, rows) = from (rows, columns), transposed, for matrices of any size.
#pragma once

#include "simd/simd.hpp"

namespace nib::kernels {

using namespace simd;

// A 4 x 4 tile is the largest with one 128-bit register a row on every instruction set.
template <class A>
NIB_INLINE void transpose_4x4(const float* from, std::ptrdiff_t from_stride, float* to, std::ptrdiff_t to_stride)
{
#if defined(__SSE2__)
    if constexpr (!std::is_same_v<A, Scalar>) {
        const __m128 r0 = _mm_loadu_ps(from), r1 = _mm_loadu_ps(from + from_stride);
        const __m128 r2 = _mm_loadu_ps(from + 2 * from_stride), r3 = _mm_loadu_ps(from + 3 * from_stride);
        const __m128 t0 = _mm_unpacklo_ps(r0, r1), t1 = _mm_unpacklo_ps(r2, r3);
        const __m128 t2 = _mm_unpackhi_ps(r0, r1), t3 = _mm_unpackhi_ps(r2, r3);
        _mm_storeu_ps(to, _mm_movelh_ps(t0, t1));
        _mm_storeu_ps(to + to_stride, _mm_movehl_ps(t1, t0));
        _mm_storeu_ps(to + 2 * to_stride, _mm_movelh_ps(t2, t3));
        _mm_storeu_ps(to + 3 * to_stride, _mm_movehl_ps(t3, t2));
        return;
    }
#endif
    for (int i = 0; i < 4; ++i) {
        for (int j = 0; j < 4; ++j) to[j * to_stride + i] = from[i * from_stride + j];
    }
}

#if defined(__AVX512F__)
// Sixteen rows in sixteen registers, so that each line of `from` is read once: rows of planes that are powers of two
// apart push each other out of the caches. Transposes 4 x 4 tiles within quarters of 128 bits, then the quarters.
NIB_INLINE void transpose_in_registers(const float* from, std::ptrdiff_t from_stride, float* to,
                                       std::ptrdiff_t to_stride)
{
    __m512 r[16], t[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) r[i] = _mm512_loadu_ps(from + i * from_stride);
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) {
        const __m512d low = _mm512_castps_pd(_mm512_unpacklo_ps(r[i], r[i + 1]));
        const __m512d high = _mm512_castps_pd(_mm512_unpackhi_ps(r[i], r[i + 1]));
        const __m512d next_low = _mm512_castps_pd(_mm512_unpacklo_ps(r[i + 2], r[i + 3]));
        const __m512d next_high = _mm512_castps_pd(_mm512_unpackhi_ps(r[i + 2], r[i + 3]));
        t[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, next_low));
        t[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, next_low));
        t[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(high, next_high));
        t[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(high, next_high));
    }
    // t[4 i + j] has columns j, j + 4, j + 8 and j + 12 of rows 4 i to 4 i + 3.
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
        const __m512 even = _mm512_shuffle_f32x4(t[j], t[4 + j], 0x88), odd = _mm512_shuffle_f32x4(t[j], t[4 + j], 0xdd);
        const __m512 even2 = _mm512_shuffle_f32x4(t[8 + j], t[12 + j], 0x88);
        const __m512 odd2 = _mm512_shuffle_f32x4(t[8 + j], t[12 + j], 0xdd);
        _mm512_storeu_ps(to + j * to_stride, _mm512_shuffle_f32x4(even, even2, 0x88));
        _mm512_storeu_ps(to + (j + 4) * to_stride, _mm512_shuffle_f32x4(odd, odd2, 0x88));
        _mm512_storeu_ps(to + (j + 8) * to_stride, _mm512_shuffle_f32x4(even, even2, 0xdd));
        _mm512_storeu_ps(to + (j + 12) * to_stride, _mm512_shuffle_f32x4(odd, odd2, 0xdd));
    }
}
#endif

// The whole blocks of a large matrix: same as `transpose`, for sixteen rows and columns.
template <class A>
NIB_INLINE void transpose_16x16(const float* from, std::ptrdiff_t from_stride, float* to, std::ptrdiff_t to_stride)
{
#if defined(__AVX512F__)
    if constexpr (std::is_same_v<A, Avx512>) return transpose_in_registers(from, from_stride, to, to_stride);
#endif
    // Unrolled, the loop would compute the sixteen rows' addresses beforehand, and there are not enough registers for
    // them.
#pragma GCC unroll 1
    for (int j = 0; j < 4; ++j, from += 4, to += 4 * to_stride) {
        for (int i = 0; i < 16; i += 4) transpose_4x4<A>(from + i * from_stride, from_stride, to + i, to_stride);
    }
}

// The edges that whole blocks do not cover: tiles of 4 x 4, then one number at a time.
template <class A>
NIB_INLINE void transpose_small(std::ptrdiff_t rows, std::ptrdiff_t columns, const float* from,
                                std::ptrdiff_t from_stride, float* to, std::ptrdiff_t to_stride)
{
    const std::ptrdiff_t whole_rows = rows & ~std::ptrdiff_t{3}, whole_columns = columns & ~std::ptrdiff_t{3};
    for (std::ptrdiff_t i = 0; i < whole_rows; i += 4) {
        for (std::ptrdiff_t j = 0; j < whole_columns; j += 4) {
            transpose_4x4<A>(from + i * from_stride + j, from_stride, to + j * to_stride + i, to_stride);
        }
    }
    for (std::ptrdiff_t i = 0; i < rows; ++i) {
        for (std::ptrdiff_t j = i < whole_rows ? whole_columns : 0; j < columns; ++j) {
            to[j * to_stride + i] = from[i * from_stride + j];
        }
    }
}

template <class A>
void transpose(std::ptrdiff_t rows, std::ptrdiff_t columns, const float* from, std::ptrdiff_t from_stride, float* to,
               std::ptrdiff_t to_stride)
{
    const std::ptrdiff_t whole_rows = rows & ~std::ptrdiff_t{15}, whole_columns = columns & ~std::ptrdiff_t{15};
    for (std::ptrdiff_t i = 0; i < whole_rows; i += 16) {
        for (std::ptrdiff_t j = 0; j < whole_columns; j += 16) {
            transpose_16x16<A>(from + i * from_stride + j, from_stride, to + j * to_stride + i, to_stride);
        }
    }
    transpose_small<A>(whole_rows, columns - whole_columns, from + whole_columns, from_stride,
                       to + whole_columns * to_stride, to_stride);
    transpose_small<A>(rows - whole_rows, columns, from + whole_rows * from_stride, from_stride, to + whole_rows,
                       to_stride);
}

} // namespace nib::kernels
