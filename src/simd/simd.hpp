// The registers of every instruction set and their operations, over xsimd 8.1 to 14. block.hpp builds blocks of 16
// lanes from them, and most kernels see only those blocks; products work on registers. Where xsimd lacks something or
// changed it between versions, these two files, and no others, make up for it:
//   - 8.1 computes fma as x * y + z with AVX-512, and every version does so with SSE2, which has no fma: there, and
//     only there, results differ in the last bits from other instruction sets.
//   - bitwise_cast names its target differently in 8.1. On NEON it takes a function out of a table, and GCC 12 calls
//     that function 156 times in the engine's kernels, with registers saved around each call. Horizontal sums have
//     another name and no fixed order; 8.1 has no run-time masks; zip_lo of AVX-512 changed its meaning. Casts, sums
//     and transpositions are therefore done here.
//   - Its division and square root are approximations on NEON, and min and max treat NaN differently from 14 on.
//   - It supports no architecture on riscv64 and others; Scalar does not use it.
//
// The NEON of 32-bit ARM treats denormals, numbers below 2^-126, as zeros and returns zeros for them, whatever the
// processor's settings. There, and only there, results differ, and only where denormals meet nothing but denormals: in
// a sum with ordinary numbers they are rounded away on every processor. For a symbol's probability relative to the
// likeliest one, exp below -87.3 is 0, which decides a draw only if its random number is 0, once in 2^23.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

// These have fused multiply-add: 64-bit ARM always, 32-bit ARM from VFPv4 on.
#if defined(__aarch64__) || (defined(__ARM_NEON) && defined(__ARM_FEATURE_FMA))
#define NIB_SIMD_NEON 1
#endif

// Here fmaf is an instruction.
#if defined(__FP_FAST_FMAF) || defined(__FMA__) || defined(__aarch64__) || defined(__ARM_FEATURE_FMA) ||               \
    defined(__riscv_flen)
#define NIB_SIMD_FMAF 1
#endif

#if defined(__SSE2__) || defined(NIB_SIMD_NEON)
#include <xsimd/xsimd.hpp>
#define NIB_SIMD_XSIMD 1
#endif

// Every function of a kernel file is inlined: a copy that the linker shares between files of different instruction sets
// could be the wrong one. The lambda form goes behind the parameter list.
#define NIB_INLINE [[gnu::always_inline]] inline
#define NIB_INLINE_LAMBDA __attribute__((always_inline))

namespace nib::simd {

// ---- Architectures

struct Scalar {};

template <class A>
struct Native; // Float, Int, Mask, and how many lanes they have

template <>
struct Native<Scalar> {
    using Float = float;
    using Int = std::int32_t;
    using Mask = bool;
    static constexpr int lanes = 1;
};

// A block of one number, with Scalar's bits. Where many operations follow each other, each would be a loop over sixteen
// numbers; this is a fifth of the code.
struct Lane {};

template <>
struct Native<Lane> : Native<Scalar> {
};

#if defined(__SSE2__)
using Sse2 = xsimd::sse2;
#endif
#if defined(__AVX2__)
using Avx2 = xsimd::fma3<xsimd::avx2>;
#endif
#if defined(__AVX512F__)
using Avx512 = xsimd::avx512bw;
#endif
#if defined(__aarch64__)
using Neon64 = xsimd::neon64;
#elif defined(NIB_SIMD_NEON)
using Neon = xsimd::neon;
#endif

#if defined(NIB_SIMD_XSIMD)
template <class A>
struct Native {
    using Float = xsimd::batch<float, A>;
    using Int = xsimd::batch<std::int32_t, A>;
    using Mask = xsimd::batch_bool<float, A>;
    static constexpr int lanes = static_cast<int>(Float::size);
};
#endif

// ---- One register: the operations that xsimd and plain floats do not share by operator

template <class A>
struct Ops;

template <>
struct Ops<Scalar> {
    // True fma even where the processor has none. In double the product is exact, and the sum is rounded to odd, so
    // that rounding it once more to float cannot go wrong (Boldo and Melquiond 2008).
    NIB_INLINE static float fma(float a, float b, float c)
    {
#if defined(NIB_SIMD_FMAF)
        return __builtin_fmaf(a, b, c);
#else
        const double product = static_cast<double>(a) * static_cast<double>(b), addend = c;
        const double sum = product + addend, part = sum - product;
        const double error = (product - (sum - part)) + (addend - part);
        const std::int64_t bits = __builtin_bit_cast(std::int64_t, sum);
        // One step towards the exact value where sum is even and inexact; a NaN compares false.
        const std::int64_t away = (error > 0) == (sum > 0) ? 1 : -1;
        const bool adjust = (error < 0 || error > 0) && (bits & 1) == 0;
        return static_cast<float>(__builtin_bit_cast(double, adjust ? bits + away : bits));
#endif
    }
    NIB_INLINE static float divide(float a, float b) { return a / b; }
    NIB_INLINE static float sqrt(float a) { return __builtin_sqrtf(a); }
    NIB_INLINE static float min(float a, float b) { return a < b ? a : b; }
    NIB_INLINE static float max(float a, float b) { return a > b ? a : b; }
    NIB_INLINE static bool less(float a, float b) { return a < b; }
    NIB_INLINE static float select(bool m, float a, float b) { return m ? a : b; }
    NIB_INLINE static float load(const float* p) { return *p; }
    NIB_INLINE static void store(float* p, float a) { *p = a; }
    NIB_INLINE static float broadcast(float a) { return a; }
    NIB_INLINE static std::int32_t broadcast_int(std::int32_t a) { return a; }
    NIB_INLINE static std::int32_t bits(float a) { return __builtin_bit_cast(std::int32_t, a); }
    NIB_INLINE static float from_bits(std::int32_t a) { return __builtin_bit_cast(float, a); }
    NIB_INLINE static float to_float(std::int32_t a) { return static_cast<float>(a); }
    NIB_INLINE static std::int32_t shift_left(std::int32_t a, int n)
    {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) << n);
    }
    NIB_INLINE static std::int32_t shift_right(std::int32_t a, int n) { return a >> n; } // arithmetic, as of C++20
    NIB_INLINE static std::int32_t add(std::int32_t a, std::int32_t b)
    {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
    }
    NIB_INLINE static std::int32_t multiply_low(std::int32_t a, std::int32_t b)
    {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) * static_cast<std::uint32_t>(b));
    }
    NIB_INLINE static std::int32_t multiply_high(std::int32_t a, std::int32_t b)
    {
        const std::uint64_t wide = static_cast<std::uint32_t>(a);
        return static_cast<std::int32_t>(wide * static_cast<std::uint32_t>(b) >> 32);
    }
    NIB_INLINE static bool less_unsigned(std::int32_t a, std::int32_t b)
    {
        return static_cast<std::uint32_t>(a) < static_cast<std::uint32_t>(b);
    }
};

#if defined(NIB_SIMD_FMAF)
template <>
struct Ops<Lane> : Ops<Scalar> {
};
#else
// An fma in software takes some 100 bytes wherever it is inlined.
[[gnu::noinline, maybe_unused]] static float called_fma(float a, float b, float c) { return Ops<Scalar>::fma(a, b, c); }

template <>
struct Ops<Lane> : Ops<Scalar> {
    NIB_INLINE static float fma(float a, float b, float c) { return called_fma(a, b, c); }
};
#endif

// a < b ? a : b, so that the result is b when either is NaN. The instructions of x86 do this, and so do xsimd's min and
// max before version 14.
#if defined(__SSE2__)
NIB_INLINE __m128 native_min(__m128 a, __m128 b) { return _mm_min_ps(a, b); }
NIB_INLINE __m128 native_max(__m128 a, __m128 b) { return _mm_max_ps(a, b); }
#endif
#if defined(__AVX__)
NIB_INLINE __m256 native_min(__m256 a, __m256 b) { return _mm256_min_ps(a, b); }
NIB_INLINE __m256 native_max(__m256 a, __m256 b) { return _mm256_max_ps(a, b); }
#endif
#if defined(__AVX512F__)
NIB_INLINE __m512 native_min(__m512 a, __m512 b) { return _mm512_min_ps(a, b); }
NIB_INLINE __m512 native_max(__m512 a, __m512 b) { return _mm512_max_ps(a, b); }
#endif
#if defined(__aarch64__)
NIB_INLINE uint32x4_t native_less(float32x4_t a, float32x4_t b) { return vcltq_f32(a, b); }
NIB_INLINE float32x4_t native_divide(float32x4_t a, float32x4_t b) { return vdivq_f32(a, b); }
NIB_INLINE float32x4_t native_sqrt(float32x4_t a) { return vsqrtq_f32(a); }
#elif defined(NIB_SIMD_NEON)
// GCC 12 turns vcltq_f32 into four scalar comparisons on 32-bit ARM.
NIB_INLINE uint32x4_t native_less(float32x4_t a, float32x4_t b)
{
    uint32x4_t r;
    __asm__("vcgt.f32 %q0, %q1, %q2" : "=w"(r) : "w"(b), "w"(a));
    return r;
}
// The divisions and roots of 32-bit NEON are only approximations, so the scalar unit computes them, lane by lane.
NIB_INLINE float32x4_t native_divide(float32x4_t a, float32x4_t b)
{
    float32x4_t r = vdupq_n_f32(vgetq_lane_f32(a, 0) / vgetq_lane_f32(b, 0));
    r = vsetq_lane_f32(vgetq_lane_f32(a, 1) / vgetq_lane_f32(b, 1), r, 1);
    r = vsetq_lane_f32(vgetq_lane_f32(a, 2) / vgetq_lane_f32(b, 2), r, 2);
    return vsetq_lane_f32(vgetq_lane_f32(a, 3) / vgetq_lane_f32(b, 3), r, 3);
}
NIB_INLINE float32x4_t native_sqrt(float32x4_t a)
{
    float32x4_t r = vdupq_n_f32(__builtin_sqrtf(vgetq_lane_f32(a, 0)));
    r = vsetq_lane_f32(__builtin_sqrtf(vgetq_lane_f32(a, 1)), r, 1);
    r = vsetq_lane_f32(__builtin_sqrtf(vgetq_lane_f32(a, 2)), r, 2);
    return vsetq_lane_f32(__builtin_sqrtf(vgetq_lane_f32(a, 3)), r, 3);
}
#endif
#if defined(NIB_SIMD_NEON)
NIB_INLINE float32x4_t native_min(float32x4_t a, float32x4_t b) { return vbslq_f32(native_less(a, b), a, b); }
NIB_INLINE float32x4_t native_max(float32x4_t a, float32x4_t b) { return vbslq_f32(native_less(b, a), a, b); }
#endif

// Operations on integers taken as unsigned: the two halves of the 64 bits of a * b, and a < b. The instructions
// multiply every other lane, so the lanes between are moved into their places first.
#if defined(__SSE2__)
NIB_INLINE __m128i native_multiply_between(__m128i a, __m128i b)
{
    return _mm_mul_epu32(_mm_srli_epi64(a, 32), _mm_srli_epi64(b, 32));
}
NIB_INLINE __m128i native_multiply_low(__m128i a, __m128i b)
{
    const __m128 even = _mm_castsi128_ps(_mm_mul_epu32(a, b));
    const __m128 odd = _mm_castsi128_ps(native_multiply_between(a, b));
    return _mm_shuffle_epi32(_mm_castps_si128(_mm_shuffle_ps(even, odd, 0x88)), 0xd8);
}
NIB_INLINE __m128i native_multiply_high(__m128i a, __m128i b)
{
    const __m128 even = _mm_castsi128_ps(_mm_mul_epu32(a, b));
    const __m128 odd = _mm_castsi128_ps(native_multiply_between(a, b));
    return _mm_shuffle_epi32(_mm_castps_si128(_mm_shuffle_ps(even, odd, 0xdd)), 0xd8);
}
NIB_INLINE __m128 native_less_unsigned(__m128i a, __m128i b)
{
    const __m128i top = _mm_set1_epi32(INT32_MIN);
    return _mm_castsi128_ps(_mm_cmpgt_epi32(_mm_xor_si128(b, top), _mm_xor_si128(a, top)));
}
#endif
#if defined(__AVX2__)
NIB_INLINE __m256i native_multiply_low(__m256i a, __m256i b) { return _mm256_mullo_epi32(a, b); }
NIB_INLINE __m256i native_multiply_high(__m256i a, __m256i b)
{
    const __m256i even = _mm256_mul_epu32(a, b);
    const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32));
    return _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
}
NIB_INLINE __m256 native_less_unsigned(__m256i a, __m256i b)
{
    const __m256i top = _mm256_set1_epi32(INT32_MIN);
    return _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_xor_si256(b, top), _mm256_xor_si256(a, top)));
}
#endif
#if defined(__AVX512F__)
NIB_INLINE __m512i native_multiply_low(__m512i a, __m512i b) { return _mm512_mullo_epi32(a, b); }
NIB_INLINE __m512i native_multiply_high(__m512i a, __m512i b)
{
    const __m512i even = _mm512_mul_epu32(a, b);
    const __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32));
    return _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
}
NIB_INLINE __mmask16 native_less_unsigned(__m512i a, __m512i b) { return _mm512_cmplt_epu32_mask(a, b); }
#endif
#if defined(NIB_SIMD_NEON)
NIB_INLINE int32x4_t native_multiply_low(int32x4_t a, int32x4_t b) { return vmulq_s32(a, b); }
NIB_INLINE int32x4_t native_multiply_high(int32x4_t a, int32x4_t b)
{
    const uint32x4_t x = vreinterpretq_u32_s32(a), y = vreinterpretq_u32_s32(b);
    const uint64x2_t first = vmull_u32(vget_low_u32(x), vget_low_u32(y));
    const uint64x2_t last = vmull_u32(vget_high_u32(x), vget_high_u32(y));
    const uint32x4x2_t halves = vuzpq_u32(vreinterpretq_u32_u64(first), vreinterpretq_u32_u64(last));
    return vreinterpretq_s32_u32(halves.val[1]);
}
NIB_INLINE uint32x4_t native_less_unsigned(int32x4_t a, int32x4_t b)
{
    return vcltq_u32(vreinterpretq_u32_s32(a), vreinterpretq_u32_s32(b));
}
#endif

#if defined(NIB_SIMD_XSIMD)
template <class A>
struct Ops {
    using F = typename Native<A>::Float;
    using I = typename Native<A>::Int;
    using M = typename Native<A>::Mask;
    using Register = typename F::register_type;
    using IntRegister = typename I::register_type;

    NIB_INLINE static F fma(const F& a, const F& b, const F& c)
    {
#if defined(__AVX512F__)
        if constexpr (std::is_base_of_v<xsimd::avx512f, A>) return F(_mm512_fmadd_ps(a, b, c));
#endif
        return xsimd::fma(a, b, c);
    }
    NIB_INLINE static F min(const F& a, const F& b) { return F(native_min(Register(a), Register(b))); }
    NIB_INLINE static F max(const F& a, const F& b) { return F(native_max(Register(a), Register(b))); }
#if defined(NIB_SIMD_NEON)
    NIB_INLINE static F divide(const F& a, const F& b) { return F(native_divide(a, b)); }
    NIB_INLINE static F sqrt(const F& a) { return F(native_sqrt(a)); }
    NIB_INLINE static M less(const F& a, const F& b) { return M(native_less(a, b)); }
#else
    NIB_INLINE static F divide(const F& a, const F& b) { return a / b; }
    NIB_INLINE static F sqrt(const F& a) { return xsimd::sqrt(a); }
    NIB_INLINE static M less(const F& a, const F& b) { return a < b; }
#endif
    NIB_INLINE static F select(const M& m, const F& a, const F& b) { return xsimd::select(m, a, b); }
    NIB_INLINE static F load(const float* p) { return F::load_unaligned(p); }
    NIB_INLINE static void store(float* p, const F& a) { a.store_unaligned(p); }
    NIB_INLINE static F broadcast(float a) { return F(a); }
    NIB_INLINE static I broadcast_int(std::int32_t a) { return I(a); }
    NIB_INLINE static I bits(const F& a) { return cast<I>(a); }
    NIB_INLINE static F from_bits(const I& a) { return cast<F>(a); }
    NIB_INLINE static F to_float(const I& a) { return xsimd::to_float(a); }
    NIB_INLINE static I shift_left(const I& a, int n) { return a << n; }
    NIB_INLINE static I shift_right(const I& a, int n) { return a >> n; }
    NIB_INLINE static I add(const I& a, const I& b) { return a + b; }
    NIB_INLINE static I multiply_low(const I& a, const I& b)
    {
        return I(native_multiply_low(IntRegister(a), IntRegister(b)));
    }
    NIB_INLINE static I multiply_high(const I& a, const I& b)
    {
        return I(native_multiply_high(IntRegister(a), IntRegister(b)));
    }
    NIB_INLINE static M less_unsigned(const I& a, const I& b)
    {
        return M(native_less_unsigned(IntRegister(a), IntRegister(b)));
    }

private:
    template <class To, class From>
    NIB_INLINE static To cast(const From& a)
    {
#if defined(NIB_SIMD_NEON)
        return To(__builtin_bit_cast(typename To::register_type, typename From::register_type(a)));
#elif XSIMD_VERSION_MAJOR < 9
        return xsimd::bitwise_cast<To>(a);
#else
        return xsimd::bitwise_cast<typename To::value_type>(a);
#endif
    }
};
#endif

// ---- Part of a register, for the end of a row

// A register of A as a register of To, whose registers may be shorter.
template <class A, class To>
NIB_INLINE typename Native<To>::Float low_lanes(const typename Native<A>::Float& a)
{
    if constexpr (std::is_same_v<A, To>) {
        return a;
    } else {
#if defined(__AVX512F__)
        return _mm512_castps512_ps256(a);
#endif
    }
}

template <class A>
struct AllLanes {
    using Arch = A;
    NIB_INLINE static typename Native<A>::Float load(const float* p) { return Ops<A>::load(p); }
    NIB_INLINE static void store(float* p, const typename Native<A>::Float& a) { Ops<A>::store(p, a); }
};

// The first n lanes, 1 <= n <= lanes: the others load as 0, and their memory is not touched.
template <class A>
struct FirstLanes {
    using Arch = A;
    int n;

    NIB_INLINE explicit FirstLanes(int count) : n(count) {}
    NIB_INLINE typename Native<A>::Float load(const float* p) const
    {
        float lanes[Native<A>::lanes] = {};
        for_first([&](int i) NIB_INLINE_LAMBDA { lanes[i] = p[i]; });
        return Ops<A>::load(lanes);
    }
    NIB_INLINE void store(float* p, const typename Native<A>::Float& a) const
    {
        float lanes[Native<A>::lanes];
        Ops<A>::store(lanes, a);
        for_first([&](int i) NIB_INLINE_LAMBDA { p[i] = lanes[i]; });
    }

private:
    // Lane by lane: GCC turns a loop up to n into a call of memcpy, once for every k of a product.
    template <class F>
    NIB_INLINE void for_first(F f) const
    {
#pragma GCC unroll 4
        for (int i = 0; i < Native<A>::lanes; ++i) {
            if (i < n) f(i);
        }
    }
};

#if defined(__AVX512F__)
template <>
struct FirstLanes<Avx512> {
    using Arch = Avx512;
    __mmask16 mask;

    NIB_INLINE explicit FirstLanes(int count) : mask(static_cast<__mmask16>((1u << count) - 1)) {}
    NIB_INLINE Native<Avx512>::Float load(const float* p) const { return _mm512_maskz_loadu_ps(mask, p); }
    NIB_INLINE void store(float* p, const Native<Avx512>::Float& a) const { _mm512_mask_storeu_ps(p, mask, a); }
};
#endif
#if defined(__AVX512VL__)
template <>
struct FirstLanes<Avx2> {
    using Arch = Avx2;
    __mmask8 mask;

    NIB_INLINE explicit FirstLanes(int count) : mask(static_cast<__mmask8>((1u << count) - 1)) {}
    NIB_INLINE Native<Avx2>::Float load(const float* p) const { return _mm256_maskz_loadu_ps(mask, p); }
    NIB_INLINE void store(float* p, const Native<Avx2>::Float& a) const { _mm256_mask_storeu_ps(p, mask, a); }
};
#elif defined(__AVX2__)
template <>
struct FirstLanes<Avx2> {
    using Arch = Avx2;
    __m256i mask;

    NIB_INLINE explicit FirstLanes(int count)
        : mask(_mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)))
    {
    }
    NIB_INLINE Native<Avx2>::Float load(const float* p) const { return _mm256_maskload_ps(p, mask); }
    NIB_INLINE void store(float* p, const Native<Avx2>::Float& a) const { _mm256_maskstore_ps(p, mask, a); }
};
#endif

} // namespace nib::simd
