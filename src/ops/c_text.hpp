// Functions of the exported C that more than one operation calls.
//
// The arithmetic is that of infer/kernels.hpp, infer/rows.hpp, infer/elementwise.hpp, infer/quantised.hpp,
// simd/math.hpp and random/multinomial.cpp, operation by operation: with fused multiply-add the results have the same
// bits.
//
// nib chooses its own flags, the exported file cannot: -ffast-math, sums in x87 registers and their like may cost the
// last digits and no more. #if cannot ask for each of them (clang defines __FAST_MATH__ for all of fast-math together
// alone), so that the text is proof against them:
// - What was rounded by adding 1.5 * 2^23 is read from the bits of the sum: (x + c) - c is x by fast-math, and an x87
//   register does not round x + c to a float.
// - Between the two steps that take n ln(2) from exp's argument stands a volatile: (x - n a) - n b is x - n (a + b) by
//   fast-math, 30 units in the last place away.
// - So does one before exp's last factor: (t + 1) s may become t s + s by fast-math, which also flushes what is below
//   2^-126 to 0: 0.3 of a result near 1e-38 was lost, by GCC 12 with -O2 -ffast-math, in the file of an elu.
// - No quotient is 0 / 0: -ffinite-math-only turns comparisons with NaN about.
// - Constants of more than 24 bits are made of whole numbers: -fsingle-precision-constant rounds all others.
// The logarithm's terms may be added in any order: 1.5 units in the last place of a double, of which a float is made.
#pragma once

#include "ops/c_source.hpp"

#include <string>
#include <string_view>

namespace nib::c_text {

// The text with a value in each place of a gap, "$[type]".
inline std::string filled(std::string_view text, std::string_view gap, std::string_view value)
{
    std::string all;
    for (std::size_t at = 0; (at = text.find(gap)) != text.npos; text.remove_prefix(at + gap.size()))
        all.append(text.substr(0, at)).append(value);
    return all.append(text);
}

// A text for weights of 32 or 16 bits: "$[type]" is that of an array, and "$[float]w$[/float]" a weight as a float.
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

} // namespace nib::c_text
