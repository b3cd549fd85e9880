// sigmoid: y = 1 / (1 + exp(-a)). Its slope is y (1 - y).
#pragma once

#include "activations/definition.hpp"
#include "nib/nib.h"
#include "simd/math.hpp"

namespace nib::activations {

struct Sigmoid {
    static constexpr nib_activation number = NIB_SIGMOID;
    static constexpr char word[] = "sigmoid";
    static constexpr double gain = 1.0;
    static constexpr float bound = 1.0f;
    static constexpr bool fused = false;
    static constexpr Errors errors = {2.41, 1.5}, errors_without_fma = {2.41, 2};

    // With e = exp(-|a|), which is at most 1: e / (1 + e) below 0, 1 / (1 + e) above.
    template <class A>
    NIB_INLINE static simd::FloatBlock<A> forward(const simd::FloatBlock<A>& a)
    {
        const simd::FloatBlock<A> one = simd::constant<A>(1);
        const simd::FloatBlock<A> e = exp(simd::zero<A>() - absolute(a));
        return select(less(a, simd::zero<A>()), e, one) / (one + e);
    }

    template <class A>
    NIB_INLINE static simd::FloatBlock<A> backward(const simd::FloatBlock<A>& dy, const simd::FloatBlock<A>&,
                                                   const simd::FloatBlock<A>& y)
    {
        return dy * fma(simd::zero<A>() - y, y, y);
    }

    static constexpr char c_text[] = R"(
static float $p_$[activation](float x)
{
    const float e = $p_exp(x < 0.0f ? x : -x);
    return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}
)";
    static constexpr std::initializer_list<OnnxNode> onnx = {{"Sigmoid"}};
    static constexpr char pytorch[] = "nn.Sigmoid()";
};

} // namespace nib::activations
