// softplus: y = log(1 + exp(a)). Its slope is 1 - exp(-y).
#pragma once

#include "activations/definition.hpp"
#include "nib/nib.h"
#include "simd/math.hpp"

namespace nib::activations {

struct Softplus {
    static constexpr nib_activation number = NIB_SOFTPLUS;
    static constexpr char word[] = "softplus";
    static constexpr double gain = 1.0;
    static constexpr float bound = 0.0f;
    static constexpr bool fused = false;
    static constexpr Errors errors = {2.03, 1.3}, errors_without_fma = {2.03, 1.4};

    // y = max(a, 0) + log(1 + exp(-|a|)). This exp is at most 1.
    template <class A>
    NIB_INLINE static simd::FloatBlock<A> forward(const simd::FloatBlock<A>& a)
    {
        return max(simd::zero<A>(), a) + log1p_to_1(exp(simd::zero<A>() - absolute(a)));
    }

    template <class A>
    NIB_INLINE static simd::FloatBlock<A> backward(const simd::FloatBlock<A>& dy, const simd::FloatBlock<A>&,
                                                   const simd::FloatBlock<A>& y)
    {
        return dy * (simd::zero<A>() - expm1_to_0(simd::zero<A>() - y));
    }

    static constexpr char c_text[] = R"(
/* max(x, 0) + log(1 + e), e = exp(-|x|); 1 + e = 2^(0 or 1) (1 + f) */
static float $p_$[activation](float x)
{
    const float e = $p_exp(x < 0.0f ? x : -x);
    const int doubled = 0.414213562f < e;
    const float f = doubled ? $P_FMA(0.5f, e, -0.5f) : e, n = doubled ? 1.0f : 0.0f, square = f * f;
    float p = 0.0826213330466f;
    p = $P_FMA(p, f, -0.141464964832f);
    p = $P_FMA(p, f, 0.150025253458f);
    p = $P_FMA(p, f, -0.165947897785f);
    p = $P_FMA(p, f, 0.199571397855f);
    p = $P_FMA(p, f, -0.250007700963f);
    p = $P_FMA(p, f, 0.333340396238f);
    p = $P_FMA(n, 1.42860677e-6f, $P_FMA(square * f, p, -0.5f * square));
    return (0.0f > x ? 0.0f : x) + $P_FMA(n, 0.693145752f, f + p);
}
)";
    static constexpr std::initializer_list<OnnxNode> onnx = {{"Softplus"}};
    static constexpr char pytorch[] = "nn.Softplus()";
};

} // namespace nib::activations
