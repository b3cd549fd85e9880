// The tanh form of gelu: y = a / 2 (1 + tanh(u)) = a / (1 + exp(-2 u)), u = sqrt(2 / pi) (a + 0.044715 a^3).
#pragma once

#include "activations/definition.hpp"
#include "nib/nib.h"
#include "simd/math.hpp"

namespace nib::activations {

struct GeluTanh {
    static constexpr nib_activation number = NIB_GELU_TANH;
    static constexpr char word[] = "gelu-tanh";
    static constexpr double gain = 1.5335304; // 1 / sqrt(E y^2)
    static constexpr float bound = 0.0f;
    static constexpr bool fused = false;
    // From -1 on the error is at most 5. Below that, 2 u is rounded to a float, and exp turns that rounding into an
    // error of up to 2 u units.
    static constexpr Errors errors = {158, 1.9}, errors_without_fma = {215, 2.2};

    // 2 u = a (linear + cubic a^2)
    static constexpr double linear = 1.5957691216057308, cubic = 0.07135481627260025;

    // With t = |a| and e = exp(-2 u(t)): max(a, 0) - t e / (1 + e) on either side of 0. From t = 11 on the second term
    // is 0.
    template <class A>
    NIB_INLINE static simd::FloatBlock<A> forward(const simd::FloatBlock<A>& a)
    {
        const simd::FloatBlock<A> one = simd::constant<A>(1), t = min(simd::constant<A>(11), absolute(a));
        const simd::FloatBlock<A> factor = fma(simd::constant<A>(cubic), t * t, simd::constant<A>(linear));
        const simd::Scaled<A> e = exp_of_product(simd::zero<A>() - t, factor);
        const simd::FloatBlock<A> tail = t * e.value / fma(e.value, e.scale, one);
        return fma(simd::zero<A>() - tail, e.scale, max(simd::zero<A>(), a));
    }

    // With s = e / (1 + e), the slope is d = s (1 - t (1 - s) (2 u)') below 0 and 1 - d above.
    template <class A>
    NIB_INLINE static simd::FloatBlock<A> backward(const simd::FloatBlock<A>& dy, const simd::FloatBlock<A>& a,
                                                   const simd::FloatBlock<A>&)
    {
        const simd::FloatBlock<A> one = simd::constant<A>(1), t = min(simd::constant<A>(11), absolute(a)), tt = t * t;
        const simd::FloatBlock<A> factor = fma(simd::constant<A>(cubic), tt, simd::constant<A>(linear));
        const simd::FloatBlock<A> steepness = fma(simd::constant<A>(3 * cubic), tt, simd::constant<A>(linear));
        const simd::Scaled<A> scaled = exp_of_product(simd::zero<A>() - t, factor);
        const simd::FloatBlock<A> e = scaled.value * scaled.scale, s = e / (one + e);
        const simd::FloatBlock<A> d = fma(simd::zero<A>() - t * s, (one - s) * steepness, s);
        return dy * select(less(a, simd::zero<A>()), d, one - d);
    }

    static constexpr char c_text[] = R"(
/* max(x, 0) - t e / (1 + e), t = |x|, e = exp(-2 sqrt(2 / pi) (t + 0.044715 t^3)) */
static float $p_$[activation](float x)
{
    const float size = x < 0.0f ? -x : x, t = 11.0f < size ? 11.0f : size;
    float scale;
    const float e = $p_scaled_exp(-t, $P_FMA(0.0713548163f, t * t, 1.59576912f), &scale);
    const float tail = t * e / $P_FMA(e, scale, 1.0f);
    return $P_FMA(0.0f - tail, scale, 0.0f > x ? 0.0f : x);
}
)";
    // The steps: x x, times 0.044715 sqrt(2 / pi), plus sqrt(2 / pi), times x, tanh, plus 1, times x, times 0.5.
    static constexpr std::initializer_list<OnnxNode> onnx = {
        {.operation = "Mul", .with_input = true},
        {"Mul", {0.0356774081f}},
        {"Add", {0.797884561f}},
        {.operation = "Mul", .with_input = true},
        {"Tanh"},
        {"Add", {1.0f}},
        {.operation = "Mul", .with_input = true},
        {"Mul", {0.5f}},
    };
    static constexpr char pytorch[] = "nn.GELU(approximate=\"tanh\")";
};

} // namespace nib::activations
