// silu (swish): y = a / (1 + exp(-a)).
#pragma once

#include "activations/definition.hpp"
#include "nib/nib.h"
#include "simd/math.hpp"

namespace nib::activations {

struct Silu {
    static constexpr nib_activation number = NIB_SILU;
    static constexpr char word[] = "silu";
    static constexpr double gain = 1.6765325; // 1 / sqrt(E y^2)
    static constexpr float bound = 0.0f;
    static constexpr bool fused = false;
    static constexpr Errors errors = {3.4, 1.5}, errors_without_fma = {3.4, 1.6};

    // With t = |a| and e = exp(-t): max(a, 0) - t e / (1 + e) on either side of 0. From t = 110 on the second term is
    // 0.
    template <class A>
    NIB_INLINE static simd::FloatBlock<A> forward(const simd::FloatBlock<A>& a)
    {
        const simd::FloatBlock<A> one = simd::constant<A>(1), t = min(simd::constant<A>(110), absolute(a));
        const simd::Scaled<A> e = exp_of_product(simd::zero<A>() - t, one);
        const simd::FloatBlock<A> tail = t * e.value / fma(e.value, e.scale, one);
        return fma(simd::zero<A>() - tail, e.scale, max(simd::zero<A>(), a));
    }

    // With s = e / (1 + e), the slope is d = s (1 - t (1 - s)) below 0 and 1 - d above.
    template <class A>
    NIB_INLINE static simd::FloatBlock<A> backward(const simd::FloatBlock<A>& dy, const simd::FloatBlock<A>& a,
                                                   const simd::FloatBlock<A>&)
    {
        const simd::FloatBlock<A> one = simd::constant<A>(1), t = min(simd::constant<A>(110), absolute(a));
        const simd::FloatBlock<A> e = exp(simd::zero<A>() - t), s = e / (one + e);
        const simd::FloatBlock<A> d = fma(simd::zero<A>() - t * s, one - s, s);
        return dy * select(less(a, simd::zero<A>()), d, one - d);
    }

    static constexpr char c_text[] = R"(
/* max(x, 0) - t e / (1 + e), t = |x|, e = exp(-t) */
static float $p_$[activation](float x)
{
    const float size = x < 0.0f ? -x : x, t = 110.0f < size ? 110.0f : size;
    float scale;
    const float e = $p_scaled_exp(-t, 1.0f, &scale), tail = t * e / $P_FMA(e, scale, 1.0f);
    return $P_FMA(0.0f - tail, scale, 0.0f > x ? 0.0f : x);
}
)";
    static constexpr std::initializer_list<OnnxNode> onnx = {{"Sigmoid"}, {.operation = "Mul", .with_input = true}};
    static constexpr char pytorch[] = "nn.SiLU()";
};

} // namespace nib::activations
