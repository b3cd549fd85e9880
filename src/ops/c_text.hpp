// Functions of the exported C that more than one operation calls.
//
// The arithmetic is that of infer/kernels.hpp, infer/rows.hpp, infer/elementwise.hpp, infer/quantised.hpp,
// simd/math.hpp and random/multinomial.cpp, operation by operation: with fused multiply-add the results have the same
// bits.
//
// nib chooses its own flags; the exported file cannot. -ffast-math, sums in x87 registers and the like may cost the
// last digits and no more. #if cannot test for each of them (clang defines __FAST_MATH__ only for all of fast-math
// together), so the text is written to withstand them:
// - A number that was rounded by adding 1.5 * 2^23 is read from the bits of the sum: (x + c) - c is x under fast-math,
//   and an x87 register does not round x + c to a float.
// - A volatile stands between the two steps that subtract n ln(2) from exp's argument: under fast-math (x - n a) - n b
//   becomes x - n (a + b), 30 units in the last place away.
// - A volatile also stands before exp's last factor: under fast-math (t + 1) s may become t s + s, and fast-math also
//   flushes numbers below 2^-126 to 0. GCC 12 with -O2 -ffast-math thus lost 0.3 of a result near 1e-38, in the file of
//   an elu.
// - No quotient is 0 / 0: -ffinite-math-only inverts comparisons with NaN.
// - Constants of more than 24 bits are built from whole numbers: -fsingle-precision-constant rounds all others.
// The logarithm's terms may be added in any order: that changes 1.5 units in the last place of a double, which is then
// rounded to a float.
#pragma once

#include "ops/c_source.hpp"

#include <string>
#include <string_view>

namespace nib::c_text {

// The text with `value` in each place of a gap such as "$[type]".
inline std::string filled(std::string_view text, std::string_view gap, std::string_view value)
{
    std::string all;
    for (std::size_t at = 0; (at = text.find(gap)) != text.npos; text.remove_prefix(at + gap.size()))
        all.append(text.substr(0, at)).append(value);
    return all.append(text);
}

// A text for weights of 32 or 16 bits: "$[type]" is the array's type, and "$[float]w$[/float]" is weight w as a float.
inline std::string for_weights(const char* text, std::uint32_t bits)
{
    const std::string typed = filled(text, "$[type]", c_number(bits));
    return filled(filled(typed, "$[float]", bits == 16 ? "$p_float(" : ""), "$[/float]", bits == 16 ? ")" : "");
}

inline constexpr char bfloat16[] = R"(
/* A bfloat16 is the upper half of a float. */
static float $p_float(uint16_t upper)
{
    $p_bits v;
    v.u = (uint32_t)upper << 16;
    return v.f;
}
)";

inline constexpr char quantise[] = R"(
/* x becomes whole numbers from -127 to 127, bytes in its place. Returns what 1 stands for: 1/127 of bound, or of the
 * largest |x| where bound is 0. 12583040 rounds to a whole number and adds 128. */
static float $p_quantise(float *x, size_t n, float bound)
{
    int8_t *bytes = (int8_t *)x;
    float factor;
    size_t k;
    if (!(bound > 0.0f)) {
        for (k = 0; k < n; ++k) {
            const float size = x[k] < 0.0f ? -x[k] : x[k];
            if (size > bound) bound = size;
        }
    }
    factor = bound > 1e-30f ? 127.0f / bound : 0.0f;
    for (k = 0; k < n; ++k) {
        $p_bits v;
        v.f = $P_FMA(x[k], factor, 12583040.0f);
        bytes[k] = (int8_t)((int32_t)(v.u & 0xffu) - 128);
    }
    return bound * (1.0f / 127.0f);
}
)";

} // namespace nib::c_text
