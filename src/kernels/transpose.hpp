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
// The rows of a square become its columns.
NIB_INLINE void transpose_square(__m512 (&r)[16])
{
    // Quarter q of quads[4 i + c] is column 4 q + c of rows 4 i to 4 i + 3.
    __m512 quads[16];
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) {
        const __m512d low0 = _mm512_castps_pd(_mm512_unpacklo_ps(r[i], r[i + 1]));
        const __m512d low1 = _mm512_castps_pd(_mm512_unpacklo_ps(r[i + 2], r[i + 3]));
        const __m512d high0 = _mm512_castps_pd(_mm512_unpackhi_ps(r[i], r[i + 1]));
        const __m512d high1 = _mm512_castps_pd(_mm512_unpackhi_ps(r[i + 2], r[i + 3]));
        quads[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(low0, low1));
        quads[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low0, low1));
        quads[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(high0, high1));
        quads[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(high0, high1));
    }
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) {
        const __m512 upper_low = _mm512_shuffle_f32x4(quads[c], quads[4 + c], 0x44);
        const __m512 upper_high = _mm512_shuffle_f32x4(quads[c], quads[4 + c], 0xee);
        const __m512 lower_low = _mm512_shuffle_f32x4(quads[8 + c], quads[12 + c], 0x44);
        const __m512 lower_high = _mm512_shuffle_f32x4(quads[8 + c], quads[12 + c], 0xee);
        r[c] = _mm512_shuffle_f32x4(upper_low, lower_low, 0x88);
        r[4 + c] = _mm512_shuffle_f32x4(upper_low, lower_low, 0xdd);
        r[8 + c] = _mm512_shuffle_f32x4(upper_high, lower_high, 0x88);
        r[12 + c] = _mm512_shuffle_f32x4(upper_high, lower_high, 0xdd);
    }
}

// Each line of `from` is read once: rows of planes that are powers of two apart push each other out of the caches.
NIB_INLINE void transpose_in_registers(const float* from, std::ptrdiff_t from_stride, float* to,
                                       std::ptrdiff_t to_stride)
{
    __m512 r[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) r[i] = _mm512_loadu_ps(from + i * from_stride);
    transpose_square(r);
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) _mm512_storeu_ps(to + i * to_stride, r[i]);
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
