// Exact products of bytes, which xsimd lacks: each 32-bit lane adds the sum of four products of an unsigned and a
// signed byte, u0 s0 + u1 s1 + u2 s2 + u3 s3.
//
// Bytes<A> implements this for one register of A. If the instruction set multiplies pairs of 16-bit numbers, the even
// and the odd bytes are split first. ready_unsigned() and ready_signed() do that once for a number that is used many
// times and return registers of the types Unsigned and Signed. start() turns an output's offset into the first value of
// its sum; the offset cancels the 128 that each unsigned byte contains. All of this is integer arithmetic: the same
// bits everywhere.
#pragma once

#include "simd/block.hpp"

namespace nib::infer {

using namespace simd;

template <class A>
struct Bytes;

template <>
struct Bytes<Scalar> {
    using Unsigned = std::uint32_t;
    using Signed = std::uint32_t;
    NIB_INLINE static Unsigned ready_unsigned(std::int32_t u) { return static_cast<std::uint32_t>(u); }
    NIB_INLINE static Signed ready_signed(std::int32_t s) { return static_cast<std::uint32_t>(s); }
    NIB_INLINE static std::int32_t start(std::int32_t offset) { return offset; }
    NIB_INLINE static std::int32_t dot(std::int32_t sum, Unsigned u, Signed s)
    {
        std::uint32_t total = static_cast<std::uint32_t>(sum); // wraps around
#pragma GCC unroll 1
        for (int shift = 0; shift < 32; shift += 8) {
            total += (u >> shift & 0xff) * static_cast<std::uint32_t>(static_cast<std::int8_t>(s >> shift & 0xff));
        }
        return static_cast<std::int32_t>(total);
    }
};

#if defined(__SSE2__)
NIB_INLINE __m128i even_unsigned(__m128i a) { return _mm_and_si128(a, _mm_set1_epi32(0x00ff00ff)); }
NIB_INLINE __m128i odd_unsigned(__m128i a) { return _mm_srli_epi16(a, 8); }
NIB_INLINE __m128i even_signed(__m128i a) { return _mm_srai_epi16(_mm_slli_epi16(a, 8), 8); }
NIB_INLINE __m128i odd_signed(__m128i a) { return _mm_srai_epi16(a, 8); }
NIB_INLINE __m128i add_pairs(__m128i sum, __m128i a, __m128i b) { return _mm_add_epi32(sum, _mm_madd_epi16(a, b)); }
// Packs the low bytes of 16 lanes, which hold 0 to 255.
NIB_INLINE __m128i low_bytes(__m128i a, __m128i b, __m128i c, __m128i d)
{
    return _mm_packus_epi16(_mm_packs_epi32(a, b), _mm_packs_epi32(c, d));
}
#endif
#if defined(__AVX2__)
NIB_INLINE __m256i even_unsigned(__m256i a) { return _mm256_and_si256(a, _mm256_set1_epi32(0x00ff00ff)); }
NIB_INLINE __m256i odd_unsigned(__m256i a) { return _mm256_srli_epi16(a, 8); }
NIB_INLINE __m256i even_signed(__m256i a) { return _mm256_srai_epi16(_mm256_slli_epi16(a, 8), 8); }
NIB_INLINE __m256i odd_signed(__m256i a) { return _mm256_srai_epi16(a, 8); }
NIB_INLINE __m256i add_pairs(__m256i sum, __m256i a, __m256i b)
{
    return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
}
#endif
#if defined(__AVX512BW__)
NIB_INLINE __m512i even_unsigned(__m512i a) { return _mm512_and_si512(a, _mm512_set1_epi32(0x00ff00ff)); }
NIB_INLINE __m512i odd_unsigned(__m512i a) { return _mm512_srli_epi16(a, 8); }
NIB_INLINE __m512i even_signed(__m512i a) { return _mm512_srai_epi16(_mm512_slli_epi16(a, 8), 8); }
NIB_INLINE __m512i odd_signed(__m512i a) { return _mm512_srai_epi16(a, 8); }
NIB_INLINE __m512i add_pairs(__m512i sum, __m512i a, __m512i b)
{
    return _mm512_add_epi32(sum, _mm512_madd_epi16(a, b));
}
#endif
#if defined(NIB_SIMD_NEON)
NIB_INLINE int16x8_t even_unsigned(int32x4_t a) { return vreinterpretq_s16_s32(vandq_s32(a, vdupq_n_s32(0x00ff00ff))); }
NIB_INLINE int16x8_t odd_unsigned(int32x4_t a)
{
    return vreinterpretq_s16_u16(vshrq_n_u16(vreinterpretq_u16_s32(a), 8));
}
NIB_INLINE int16x8_t even_signed(int32x4_t a) { return vshrq_n_s16(vshlq_n_s16(vreinterpretq_s16_s32(a), 8), 8); }
NIB_INLINE int16x8_t odd_signed(int32x4_t a) { return vshrq_n_s16(vreinterpretq_s16_s32(a), 8); }
// A product of an unsigned and a signed byte fits in 16 bits: -32640 to 32385.
NIB_INLINE int32x4_t add_pairs(int32x4_t sum, int16x8_t a, int16x8_t b) { return vpadalq_s16(sum, vmulq_s16(a, b)); }
#endif

#if defined(NIB_SIMD_XSIMD)
template <class A>
struct Bytes {
    using Int = typename Native<A>::Int;
    using Register = typename Int::register_type;
    struct Halves {
        decltype(even_signed(Register())) even, odd;
    };
    using Unsigned = Halves;
    using Signed = Halves;
    NIB_INLINE static Halves ready_unsigned(const Int& u)
    {
        return {even_unsigned(Register(u)), odd_unsigned(Register(u))};
    }
    NIB_INLINE static Halves ready_signed(const Int& s) { return {even_signed(Register(s)), odd_signed(Register(s))}; }
    NIB_INLINE static Int start(const Int& offset) { return offset; }
    NIB_INLINE static Int dot(const Int& sum, const Halves& u, const Halves& s)
    {
        return Int(add_pairs(add_pairs(Register(sum), u.even, s.even), u.odd, s.odd));
    }
};
#endif

#if defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)
// Uses one instruction, for signed bytes only, if the compiler's flags grant it to all files. The 128 is subtracted
// from u here, and there is no offset.
template <>
struct Bytes<Neon64> {
    using Int = Native<Neon64>::Int;
    using Unsigned = int8x16_t;
    using Signed = int8x16_t;
    NIB_INLINE static Unsigned ready_unsigned(const Int& u)
    {
        return vreinterpretq_s8_u8(veorq_u8(vreinterpretq_u8_s32(u), vdupq_n_u8(0x80)));
    }
    NIB_INLINE static Signed ready_signed(const Int& s) { return vreinterpretq_s8_s32(s); }
    NIB_INLINE static Int start(const Int&) { return Int(0); }
    NIB_INLINE static Int dot(const Int& sum, Unsigned u, Signed s) { return Int(vdotq_s32(sum, u, s)); }
};
#endif

#if defined(__AVX512VNNI__)
// Uses one instruction. It needs a type of its own: Bytes<Avx512> must mean the same in every file.
struct VnniBytes {
    using Int = Native<Avx512>::Int;
    using Unsigned = Int;
    using Signed = Int;
    NIB_INLINE static Int ready_unsigned(const Int& u) { return u; }
    NIB_INLINE static Int ready_signed(const Int& s) { return s; }
    NIB_INLINE static Int start(const Int& offset) { return offset; }
    NIB_INLINE static Int dot(const Int& sum, const Int& u, const Int& s)
    {
        __m512i total = sum;
        asm("vpdpbusd %2, %1, %0" : "+v"(total) : "v"(__m512i(u)), "v"(__m512i(s)));
        return Int(total);
    }
};
#endif

// Stores the low bytes of 16 lanes, which hold 0 to 255, side by side.
template <class A>
NIB_INLINE void store_bytes(unsigned char* to, const IntBlock<A>& a)
{
    if constexpr (parts<A> == 16) {
        for (int i = 0; i < 16; ++i) to[i] = static_cast<unsigned char>(a.v[i]);
    }
#if defined(__SSE2__)
    else if constexpr (parts<A> == 4) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), low_bytes(a.v[0], a.v[1], a.v[2], a.v[3]));
    }
#endif
#if defined(__AVX2__)
    else if constexpr (parts<A> == 2) {
        const __m256i low = a.v[0], high = a.v[1];
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                         low_bytes(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1),
                                   _mm256_castsi256_si128(high), _mm256_extracti128_si256(high, 1)));
    }
#endif
#if defined(__AVX512F__)
    else if constexpr (parts<A> == 1) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_cvtepi32_epi8(a.v[0]));
    }
#endif
#if defined(NIB_SIMD_NEON)
    else if constexpr (parts<A> == 4) {
        const int16x8_t low = vcombine_s16(vmovn_s32(a.v[0]), vmovn_s32(a.v[1]));
        const int16x8_t high = vcombine_s16(vmovn_s32(a.v[2]), vmovn_s32(a.v[3]));
        vst1q_u8(to, vcombine_u8(vmovn_u16(vreinterpretq_u16_s16(low)), vmovn_u16(vreinterpretq_u16_s16(high))));
    }
#endif
}

} // namespace nib::infer
