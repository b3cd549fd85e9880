// The parts of an exported C file that models of text and of tables share, except for the text of operations (src/ops).
// "$p" stands for the prefix, "$P" for the prefix in capitals, and a word in brackets, "$[scratch]", for a text that
// export_c.cpp inserts. ops/c_text.hpp describes how the text withstands a compiler's flags.
#pragma once

namespace nib::c_text {

inline constexpr char checks[] = R"(#ifndef $P_DECLARATIONS

#if FLT_RADIX != 2 || FLT_MANT_DIG != 24 || FLT_MAX_EXP != 128
#error "this model needs float to be the 32 bits of IEEE 754"
#endif

#if defined(FP_FAST_FMAF) || defined(__FP_FAST_FMAF) || defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#ifdef __GNUC__
#define $P_FMA(a, b, c) __builtin_fmaf(a, b, c) /* also where math.h is C90's and has no fmaf */
#else
#define $P_FMA(a, b, c) fmaf(a, b, c)
#endif
#else
#define $P_FMA(a, b, c) ((a) * (b) + (c))
#endif
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

typedef union $p_bits {
    float f;
    uint32_t u;
} $p_bits;
)";

// exp and its parts: each function calls the one before.
inline constexpr char reduced_exp[] = R"(
/* exp(u v) = 2^n (1 + result), |u v| <= 150, n being the low bits: u v = n ln(2) + r, |r| <= ln(2)/2. 12582912,
 * 0x4b400000, rounds to a whole number. volatile keeps the two parts of ln(2) apart under any flags. */
static float $p_reduced_exp(float u, float v, $p_bits *n)
{
    volatile float rest;
    float whole, r, q;
    n->f = $P_FMA(u * v, 1.442695041f, 12582912.0f);
    whole = (float)((int32_t)n->u - 0x4b400000);
    rest = $P_FMA(u, v, whole * -0.693145752f);
    r = $P_FMA(whole, -1.42860677e-6f, rest);
    q = 0.00138145840312f;
    q = $P_FMA(q, r, 0.00836872393598f);
    q = $P_FMA(q, r, 0.0416683887296f);
    q = $P_FMA(q, r, 0.166665205736f);
    q = $P_FMA(q, r, 0.499999934439f);
    return $P_FMA(r * r, q, r);
}
)";

inline constexpr char scaled_exp[] = R"(
/* exp(u v) = result * scale, which overflows and underflows by itself where neither does. */
static float $p_scaled_exp(float u, float v, float *scale)
{
    $p_bits n, one, two;
    const float t = $p_reduced_exp(u, v, &n);
    one.u = ((n.u >> 1) << 23) + 0x3f800000u;
    two.u = (((n.u + 1u) >> 1) << 23) + 0x3f800000u;
    *scale = two.f;
    return $P_FMA(t, one.f, one.f);
}
)";

inline constexpr char exp[] = R"(
/* exp, within 2 units in the last place. */
static float $p_exp(float x)
{
    const float least = -110.0f, most = 100.0f;
    const float below = most < x ? most : x;
    float scale;
    volatile float value; /* or (t + 1) scale may become t scale + scale, whose first part is flushed to 0 near 1e-38 */
    value = $p_scaled_exp(least > below ? least : below, 1.0f, &scale);
    return value * scale;
}
)";

inline constexpr char softmax[] = R"(
/* Probabilities of n logits; their sum is 1 up to rounding. */
static void $p_softmax(const float *z, size_t n, float *y)
{
    float greatest = z[0], sum = 0.0f;
    size_t i;
    for (i = 1; i < n; ++i) greatest = z[i] > greatest ? z[i] : greatest;
    for (i = 0; i < n; ++i) {
        y[i] = $p_exp(z[i] - greatest);
        sum += y[i];
    }
    for (i = 0; i < n; ++i) y[i] /= sum;
}
)";

inline constexpr char greatest[] = R"(
/* The index of the greatest of n numbers, the first of equals. */
static int32_t $p_greatest(const float *z, size_t n)
{
    size_t i, best = 0;
    for (i = 1; i < n; ++i) {
        if (z[i] > z[best]) best = i;
    }
    return (int32_t)best;
}
)";

inline constexpr char copy[] = R"(
static void $p_copy(const float *from, size_t n, float *to)
{
    size_t i;
    for (i = 0; i < n; ++i) to[i] = from[i];
}
)";

} // namespace nib::c_text
