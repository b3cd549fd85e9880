// tanh, exp and log of 16 floats, made of block.hpp's operations alone: the same bits on every instruction set with
// fma.
//
// Largest error over all floats, in units in the last place of the result: tanh 3.27, exp 1.01, log 1.20; with SSE2,
// which has no fma, tanh 3.70, exp 0.98, log 1.23. Infinities, NaN, zeros and denormals are treated as by C's
// functions, both as arguments and as results. The polynomials are minimax fits (Remez exchange in 40 digits), rounded
// to float. Times on a Zen 4 in units of one fma of 0.27 ns: with AVX-512 tanh 13, exp 13, log 20; with AVX2 16, 16,
// 26. The other functions of this file are parts of activations, whose files state their errors.
#pragma once

#include "simd/block.hpp"

namespace nib::simd {

// With |x| = n ln(2)/2 + t, |t| <= ln(2)/4, i = 2^-n and b = tanh(t), the addition theorem gives
//   tanh(|x|) = (b (1 + i) + (1 - i)) / (b (1 - i) + (1 + i))
//             = (1 - i) + i (b (3 - i) - (1 - i)) / (b (1 - i) + (1 + i)).
// The second form is b itself for n = 0, and towards 1 the quotient's rounding error fades with i, so the function is
// monotone over all floats. It is odd, never exceeds 1 in size, and is 1 from 9.02 on. The two coefficients of b are
// the floats near the minimax fit that have the smallest error among those that leave no step back where n turns from 0
// to 1.
template <class A>
NIB_INLINE FloatBlock<A> tanh(const FloatBlock<A>& x)
{
    const IntBlock<A> sign = bits(x) & broadcast_int<A>(INT32_MIN);
    const FloatBlock<A> a = min(broadcast<A>(9.2f), from_bits(bits(x) & broadcast_int<A>(INT32_MAX)));

    // Adding 1.5 * 2^23 makes fma round to a whole number, -n; 127 is the exponent's bias; 256 becomes the sign of s =
    // -i.
    const FloatBlock<A> magic = broadcast<A>(0x1.8p23f + 256 + 127);
    const FloatBlock<A> shifted = fma(a, broadcast<A>(-2.88539004f), magic);
    const FloatBlock<A> t = fma(shifted - magic, broadcast<A>(0.34657359f), a);
    const FloatBlock<A> s = from_bits(shift_left<23>(bits(shifted)));

    const FloatBlock<A> tt = t * t;
    const FloatBlock<A> b = fma(tt * t, fma(tt, broadcast<A>(0.13054353f), broadcast<A>(-0.333298475f)), t);

    const FloatBlock<A> one = broadcast<A>(1.0f);
    const FloatBlock<A> base = one + s;
    const FloatBlock<A> quotient = fma(b, broadcast<A>(-3.0f) - s, base) / fma(b, base, one - s);
    return from_bits(bits(fma(s, quotient, base)) | sign);
}

// ln(2) in two parts. The first has 15 bits, so that its product with a binary exponent is exact even where fma rounds
// the product.
inline constexpr float ln2 = 0x1.62e4p-1f, ln2_rest = 1.42860677e-6f;

// A number as value * scale. The product overflows and underflows by itself; neither factor does.
template <class A>
struct Scaled {
    FloatBlock<A> value, scale;
};

// exp(r) - 1, |r| <= ln(2)/2.
template <class A>
NIB_INLINE FloatBlock<A> expm1_of_rest(const FloatBlock<A>& r)
{
    FloatBlock<A> q = broadcast<A>(0.00138145840312f);
    q = fma(q, r, broadcast<A>(0.00836872393598f));
    q = fma(q, r, broadcast<A>(0.0416683887296f));
    q = fma(q, r, broadcast<A>(0.166665205736f));
    q = fma(q, r, broadcast<A>(0.499999934439f));
    return fma(r * r, q, r);
}

// 2^n (1 + t), n being the low bits. The scaling takes two steps, each of which is in range.
template <class A>
NIB_INLINE Scaled<A> scaled(const FloatBlock<A>& t, const IntBlock<A>& n)
{
    const IntBlock<A> one = broadcast_int<A>(0x3f800000);
    const FloatBlock<A> scale1 = from_bits(shift_left<23>(shift_right<1>(n)) + one);
    const FloatBlock<A> scale2 = from_bits(shift_left<23>(shift_right<1>(n + broadcast_int<A>(1))) + one);
    return {fma(t, scale1, scale1), scale2};
}

inline constexpr float log2_e = 1.442695041f;
inline constexpr float round_to_whole = 0x1.8p23f; // added, and taken away again

// x = n ln(2) + rest, |rest| <= ln(2)/2; n is the low bits of power.
template <class A>
struct Reduced {
    FloatBlock<A> rest;
    IntBlock<A> power;
};

template <class A>
NIB_INLINE Reduced<A> reduce(const FloatBlock<A>& x)
{
    const FloatBlock<A> magic = broadcast<A>(round_to_whole);
    const FloatBlock<A> shifted = fma(x, broadcast<A>(log2_e), magic);
    const FloatBlock<A> n = shifted - magic;
    return {fma(n, broadcast<A>(-ln2_rest), fma(n, broadcast<A>(-ln2), x)), bits(shifted)};
}

template <class A>
NIB_INLINE FloatBlock<A> exp(const FloatBlock<A>& x)
{
    const Reduced<A> a = reduce(max(broadcast<A>(-110.0f), min(broadcast<A>(100.0f), x)));
    const Scaled<A> result = scaled(expm1_of_rest(a.rest), a.power);
    return result.value * result.scale;
}

// exp(u v), |u v| <= 150. With fma u v is not rounded: exp multiplies the error of its argument by the argument.
template <class A>
NIB_INLINE Scaled<A> exp_of_product(const FloatBlock<A>& u, const FloatBlock<A>& v)
{
    const FloatBlock<A> magic = broadcast<A>(round_to_whole);
    const FloatBlock<A> shifted = fma(u * v, broadcast<A>(log2_e), magic);
    const FloatBlock<A> n = shifted - magic;
    const FloatBlock<A> r = fma(n, broadcast<A>(-ln2_rest), fma(u, v, n * broadcast<A>(-ln2)));
    return scaled(expm1_of_rest(r), bits(shifted));
}

// exp(x) - 1 = (2^n - 1) + 2^n (exp(rest) - 1), x at most 0. From -25 on it is -1.
template <class A>
NIB_INLINE FloatBlock<A> expm1_to_0(const FloatBlock<A>& x)
{
    const Reduced<A> a = reduce(max(broadcast<A>(-25.0f), x));
    const FloatBlock<A> power = from_bits(shift_left<23>(a.power) + broadcast_int<A>(0x3f800000));
    return fma(expm1_of_rest(a.rest), power, power - broadcast<A>(1.0f));
}

// e ln(2) + log(1 + f), 1 + f in sqrt(1/2)..sqrt(2).
template <class A>
NIB_INLINE FloatBlock<A> log_near_1(const FloatBlock<A>& f, const FloatBlock<A>& e)
{
    FloatBlock<A> p = broadcast<A>(0.0826213330466f);
    p = fma(p, f, broadcast<A>(-0.141464964832f));
    p = fma(p, f, broadcast<A>(0.150025253458f));
    p = fma(p, f, broadcast<A>(-0.165947897785f));
    p = fma(p, f, broadcast<A>(0.199571397855f));
    p = fma(p, f, broadcast<A>(-0.250007700963f));
    p = fma(p, f, broadcast<A>(0.333340396238f));
    const FloatBlock<A> ff = f * f;
    const FloatBlock<A> small = fma(e, broadcast<A>(ln2_rest), fma(ff * f, p, broadcast<A>(-0.5f) * ff));
    return fma(e, broadcast<A>(ln2), f + small);
}

// log(x) = e ln(2) + log(1 + f).
template <class A>
NIB_INLINE FloatBlock<A> log(const FloatBlock<A>& x)
{
    const MaskBlock<A> tiny = less(x, broadcast<A>(0x1p-126f));
    const FloatBlock<A> scaled = select(tiny, x * broadcast<A>(0x1p23f), x);
    const IntBlock<A> i = bits(scaled) + broadcast_int<A>(-0x3f3504f3);
    const FloatBlock<A> e = to_float(shift_right<23>(i)) + select(tiny, broadcast<A>(-23.0f), zero<A>());
    const FloatBlock<A> m = from_bits((i & broadcast_int<A>(0x007fffff)) + broadcast_int<A>(0x3f3504f3));
    const FloatBlock<A> f = m - broadcast<A>(1.0f);

    const FloatBlock<A> result = log_near_1(f, e);

    const FloatBlock<A> infinity = broadcast<A>(__builtin_inff());
    const FloatBlock<A> special = select(equal(x, zero<A>()), zero<A>() - infinity, broadcast<A>(__builtin_nanf("")));
    return select(equal(x, infinity), x, select(less(zero<A>(), x), result, special));
}

// log(1 + x) of x in 0..1: f is x, or (x - 1) / 2 where 1 + x is above sqrt(2).
template <class A>
NIB_INLINE FloatBlock<A> log1p_to_1(const FloatBlock<A>& x)
{
    const MaskBlock<A> doubled = less(broadcast<A>(0.414213562f), x);
    const FloatBlock<A> f = select(doubled, fma(broadcast<A>(0.5f), x, broadcast<A>(-0.5f)), x);
    return log_near_1(f, select(doubled, broadcast<A>(1.0f), zero<A>()));
}

// exp(t^2 / 2) Phi(-t) of t in 0..15, Phi being the normal distribution: a minimax quotient, off by 2^-27 at most.
template <class A>
NIB_INLINE FloatBlock<A> normal_tail(const FloatBlock<A>& t)
{
    FloatBlock<A> p = broadcast<A>(0.00416708729557f);
    p = fma(p, t, broadcast<A>(0.0409741968444f));
    p = fma(p, t, broadcast<A>(0.184244679286f));
    p = fma(p, t, broadcast<A>(0.439654400015f));
    p = fma(p, t, broadcast<A>(0.500000003186f));
    FloatBlock<A> q = broadcast<A>(0.0104452301405f);
    q = fma(q, t, broadcast<A>(0.102713074418f));
    q = fma(q, t, broadcast<A>(0.472136218382f));
    q = fma(q, t, broadcast<A>(1.20669125704f));
    q = fma(q, t, broadcast<A>(1.67719381509f));
    q = fma(q, t, broadcast<A>(1.0f));
    return p / q;
}

} // namespace nib::simd
