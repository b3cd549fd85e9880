// Sixteen floats at a time on every instruction set, over xsimd 8.1 to 14.
//
// F16<A> is a block of 16 lanes made of as many registers of architecture A as that takes: one with AVX-512, two
// with AVX2, four with SSE2 and NEON, sixteen floats in scalar code. Kernels see blocks only, so that their arithmetic,
// the order of sums along the lanes included, is the same on each. What xsimd leaves out or changed between versions is
// here and nowhere else:
//   - 8.1 computes fma as x * y + z with AVX-512, and every version does with SSE2, which has none: there, and only
//     there, results differ in the last bits from other instruction sets.
//   - bitwise_cast names its target differently in 8.1, and on NEON takes a function out of a table, that GCC 12 calls:
//     156 times in the engine's kernels, with registers saved around it; horizontal sums have another name and no fixed
//     order; 8.1 has no runtime masks; zip_lo of AVX-512 changed its meaning. Blocks are cast, summed and transposed
//     here.
//   - its division and square root are approximations on NEON, and min and max treat NaN in other ways from 14 on.
//   - it knows no architecture on riscv64 and others: Scalar does not use it.
//
// The NEON of 32-bit ARM takes denormals, numbers below 2^-126, for zeros and answers zeros for them, whatever the
// processor is told. There, and only there, results differ where nothing but such numbers meet: in a sum with ordinary
// ones, they are rounded away everywhere. Of a symbol's probability beside the likeliest one's, exp below -87.3 is 0,
// which decides about a draw only where its random number is 0, once in 2^23.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

// With fused multiply-add, which 64-bit ARM always has and 32-bit ARM from VFPv4 on.
#if defined(__aarch64__) || (defined(__ARM_NEON) && defined(__ARM_FEATURE_FMA))
#define NIB_SIMD_NEON 1
#endif

#if defined(__SSE2__) || defined(NIB_SIMD_NEON)
#include <xsimd/xsimd.hpp>
#define NIB_SIMD_XSIMD 1
#endif

// Every function of a kernel file is inlined: a copy left for the linker to share between files of different
// instruction sets could be the wrong one. The lambda form goes behind the parameter list.
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
#if defined(__FP_FAST_FMAF) || defined(__FMA__) || defined(__aarch64__) || defined(__ARM_FEATURE_FMA) ||               \
    defined(__riscv_flen)
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
    NIB_INLINE static std::int32_t shift_right(std::int32_t a, int n) { return a >> n; } // arithmetic, as C++20 says
    NIB_INLINE static std::int32_t add(std::int32_t a, std::int32_t b)
    {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
    }
};

// a < b ? a : b, so that b comes out when either is NaN: what x86's instructions do. xsimd's min and max do it
// before 14.
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
// Of vcltq_f32, GCC 12 makes four scalar comparisons for 32 bits.
NIB_INLINE uint32x4_t native_less(float32x4_t a, float32x4_t b)
{
    uint32x4_t r;
    __asm__("vcgt.f32 %q0, %q1, %q2" : "=w"(r) : "w"(b), "w"(a));
    return r;
}
// Its divisions and roots are approximations alone: the scalar unit computes them, lane by lane.
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

#if defined(NIB_SIMD_XSIMD)
template <class A>
struct Ops {
    using F = typename Native<A>::Float;
    using I = typename Native<A>::Int;
    using M = typename Native<A>::Mask;
    using Register = typename F::register_type;

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

// A register of A as one of To, whose registers may be shorter.
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
    // Lane by lane: of a loop up to n, GCC makes a call of memcpy, once for every k of a product.
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

// ---- Blocks of 16 lanes

template <class A>
inline constexpr int parts = 16 / Native<A>::lanes;

template <class A>
struct F16 {
    typename Native<A>::Float v[parts<A>];
};

template <class A>
struct I16 {
    typename Native<A>::Int v[parts<A>];
};

template <class A>
struct M16 {
    typename Native<A>::Mask v[parts<A>];
};

// A block whose part i is f(i). Sixteen scalars stay a loop: written out, a kernel with fma in software would be 60 KB.
template <class A, class Part>
NIB_INLINE F16<A> block(Part f)
{
    F16<A> r;
    if constexpr (parts<A> == 16) {
#pragma GCC unroll 1
        for (int i = 0; i < 16; ++i) r.v[i] = f(i);
    } else {
#pragma GCC unroll 4
        for (int i = 0; i < parts<A>; ++i) r.v[i] = f(i);
    }
    return r;
}

template <class A, class Part>
NIB_INLINE I16<A> int_block(Part f)
{
    I16<A> r;
    if constexpr (parts<A> == 16) {
#pragma GCC unroll 1
        for (int i = 0; i < 16; ++i) r.v[i] = f(i);
    } else {
#pragma GCC unroll 4
        for (int i = 0; i < parts<A>; ++i) r.v[i] = f(i);
    }
    return r;
}

template <class A, class Part>
NIB_INLINE M16<A> mask_block(Part f)
{
    M16<A> r;
    if constexpr (parts<A> == 16) {
#pragma GCC unroll 1
        for (int i = 0; i < 16; ++i) r.v[i] = f(i);
    } else {
#pragma GCC unroll 4
        for (int i = 0; i < parts<A>; ++i) r.v[i] = f(i);
    }
    return r;
}

#define NIB_PART (int i) NIB_INLINE_LAMBDA

template <class A>
NIB_INLINE F16<A> load(const float* p)
{
    return block<A>([&] NIB_PART { return Ops<A>::load(p + i * Native<A>::lanes); });
}

template <class A>
NIB_INLINE void store(float* p, const F16<A>& a)
{
#pragma GCC unroll 16
    for (int i = 0; i < parts<A>; ++i) Ops<A>::store(p + i * Native<A>::lanes, a.v[i]);
}

template <class A>
NIB_INLINE F16<A> broadcast(float x)
{
    // Not copies of one: GCC 12 for 32-bit ARM makes those in memory.
    return block<A>([&] NIB_PART { return (void)i, Ops<A>::broadcast(x); });
}

template <class A>
NIB_INLINE F16<A> zero()
{
    return broadcast<A>(0.0f);
}

template <class A>
NIB_INLINE F16<A> operator+(const F16<A>& a, const F16<A>& b)
{
    return block<A>([&] NIB_PART { return a.v[i] + b.v[i]; });
}

template <class A>
NIB_INLINE F16<A> operator-(const F16<A>& a, const F16<A>& b)
{
    return block<A>([&] NIB_PART { return a.v[i] - b.v[i]; });
}

template <class A>
NIB_INLINE F16<A> operator*(const F16<A>& a, const F16<A>& b)
{
    return block<A>([&] NIB_PART { return a.v[i] * b.v[i]; });
}

template <class A>
NIB_INLINE F16<A> operator/(const F16<A>& a, const F16<A>& b)
{
    return block<A>([&] NIB_PART { return Ops<A>::divide(a.v[i], b.v[i]); });
}

// a * b + c, rounded once.
template <class A>
NIB_INLINE F16<A> fma(const F16<A>& a, const F16<A>& b, const F16<A>& c)
{
    return block<A>([&] NIB_PART { return Ops<A>::fma(a.v[i], b.v[i], c.v[i]); });
}

// a < b ? a : b in each lane, so that b comes out when either is NaN. The order of arguments therefore matters.
template <class A>
NIB_INLINE F16<A> min(const F16<A>& a, const F16<A>& b)
{
    return block<A>([&] NIB_PART { return Ops<A>::min(a.v[i], b.v[i]); });
}

// a > b ? a : b in each lane; b when either is NaN.
template <class A>
NIB_INLINE F16<A> max(const F16<A>& a, const F16<A>& b)
{
    return block<A>([&] NIB_PART { return Ops<A>::max(a.v[i], b.v[i]); });
}

template <class A>
NIB_INLINE F16<A> sqrt(const F16<A>& a)
{
    return block<A>([&] NIB_PART { return Ops<A>::sqrt(a.v[i]); });
}

template <class A>
NIB_INLINE M16<A> less(const F16<A>& a, const F16<A>& b)
{
    return mask_block<A>([&] NIB_PART { return Ops<A>::less(a.v[i], b.v[i]); });
}

template <class A>
NIB_INLINE M16<A> equal(const F16<A>& a, const F16<A>& b)
{
    return mask_block<A>([&] NIB_PART { return a.v[i] == b.v[i]; });
}

// m ? a : b in each lane.
template <class A>
NIB_INLINE F16<A> select(const M16<A>& m, const F16<A>& a, const F16<A>& b)
{
    return block<A>([&] NIB_PART { return Ops<A>::select(m.v[i], a.v[i], b.v[i]); });
}

// Lane i holds i.
template <class A>
NIB_INLINE F16<A> iota()
{
    static constexpr float values[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return load<A>(values);
}

// The first n lanes, n in 0..16.
template <class A>
NIB_INLINE M16<A> first(int n)
{
    return less(iota<A>(), broadcast<A>(static_cast<float>(n)));
}

// ---- Bits, for exp and log

template <class A>
NIB_INLINE I16<A> bits(const F16<A>& a)
{
    return int_block<A>([&] NIB_PART { return Ops<A>::bits(a.v[i]); });
}

template <class A>
NIB_INLINE F16<A> from_bits(const I16<A>& a)
{
    return block<A>([&] NIB_PART { return Ops<A>::from_bits(a.v[i]); });
}

template <class A>
NIB_INLINE F16<A> to_float(const I16<A>& a)
{
    return block<A>([&] NIB_PART { return Ops<A>::to_float(a.v[i]); });
}

template <class A>
NIB_INLINE I16<A> broadcast_int(std::int32_t x)
{
    return int_block<A>([&] NIB_PART { return (void)i, Ops<A>::broadcast_int(x); });
}

template <class A>
NIB_INLINE I16<A> operator+(const I16<A>& a, const I16<A>& b)
{
    return int_block<A>([&] NIB_PART { return Ops<A>::add(a.v[i], b.v[i]); });
}

template <class A>
NIB_INLINE I16<A> operator&(const I16<A>& a, const I16<A>& b)
{
    return int_block<A>([&] NIB_PART { return a.v[i] & b.v[i]; });
}

template <class A>
NIB_INLINE I16<A> operator|(const I16<A>& a, const I16<A>& b)
{
    return int_block<A>([&] NIB_PART { return a.v[i] | b.v[i]; });
}

template <class A>
NIB_INLINE I16<A> operator^(const I16<A>& a, const I16<A>& b)
{
    return int_block<A>([&] NIB_PART { return a.v[i] ^ b.v[i]; });
}

template <int n, class A>
NIB_INLINE I16<A> shift_left(const I16<A>& a)
{
    return int_block<A>([&] NIB_PART { return Ops<A>::shift_left(a.v[i], n); });
}

// Arithmetic: the sign is copied in.
template <int n, class A>
NIB_INLINE I16<A> shift_right(const I16<A>& a)
{
    return int_block<A>([&] NIB_PART { return Ops<A>::shift_right(a.v[i], n); });
}

// ---- Along the lanes

#if defined(__SSE2__)
// The first two levels of sum's tree, and what is left of the lanes: lane i of the result is the sum of lanes i, i + 8,
// i + 4 and i + 12.
template <class A>
NIB_INLINE __m128 quarter_sums(const F16<A>& a)
{
#if defined(__AVX512F__)
    if constexpr (parts<A> == 1) {
        const __m512 whole = a.v[0];
        const __m256 upper = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(whole), 1));
        const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(whole), upper);
        return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    } else
#endif
#if defined(__AVX__)
        if constexpr (parts<A> == 2) {
        const __m256 half = a.v[0] + a.v[1];
        return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    } else
#endif
        return (a.v[0] + a.v[2]) + (a.v[1] + a.v[3]);
}
#endif

// The sum of the 16 lanes by one tree on every instruction set: lane i + lane i + 8, then + 4, + 2, + 1.
template <class A>
NIB_INLINE float sum(const F16<A>& a)
{
#if defined(__SSE2__)
    if constexpr (!std::is_same_v<A, Scalar>) {
        const __m128 quarter = quarter_sums(a);
        const __m128 pair = _mm_add_ps(quarter, _mm_movehl_ps(quarter, quarter));
        return _mm_cvtss_f32(_mm_add_ss(pair, _mm_shuffle_ps(pair, pair, 1)));
    }
#endif
    float lanes[16];
    store<A>(lanes, a);
    for (int width = 8; width > 0; width /= 2) {
        for (int i = 0; i < width; ++i) lanes[i] += lanes[i + width];
    }
    return lanes[0];
}

// to[i] = sum(blocks[i]) for `count` blocks. Four at a time share their last shuffles.
template <int count, class A>
NIB_INLINE void sums(const F16<A> (&blocks)[count], float* to)
{
#if defined(__SSE2__)
    if constexpr (count == 4 && !std::is_same_v<A, Scalar>) {
        const __m128 a = quarter_sums(blocks[0]), b = quarter_sums(blocks[1]);
        const __m128 c = quarter_sums(blocks[2]), d = quarter_sums(blocks[3]);
        const __m128 ab = _mm_add_ps(_mm_unpacklo_ps(a, b), _mm_unpackhi_ps(a, b)); // a02 b02 a13 b13
        const __m128 cd = _mm_add_ps(_mm_unpacklo_ps(c, d), _mm_unpackhi_ps(c, d));
        _mm_storeu_ps(to, _mm_add_ps(_mm_movelh_ps(ab, cd), _mm_movehl_ps(cd, ab)));
        return;
    }
#endif
    for (int i = 0; i < count; ++i) to[i] = sum(blocks[i]);
}

// ---- Transposition of 4 x 4, the largest tile that is one 128-bit register a row everywhere: to[j * to_stride + i] =
// from[i * from_stride + j]
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

#undef NIB_PART

} // namespace nib::simd
