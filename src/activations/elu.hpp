// elu: a above 0, exp(a) - 1 below (the alpha of torch.nn.ELU is 1). The slope is 1 above 0 and y + 1 below.
#pragma once

#include "activations/definition.hpp"
#include "nib/nib.h"
#include "simd/math.hpp"

namespace nib::activations {

struct Elu {
    static constexpr nib_activation number = NIB_ELU;
    static constexpr char word[] = "elu";
    static constexpr double gain = 1.2451983; // 1 / sqrt(E y^2)
    static constexpr float bound = 0.0f;
    static constexpr bool fused = false;
    static constexpr Errors errors = {0.96, 0.85}, errors_without_fma = {0.96, 0.85};

    template <class A>
    NIB_INLINE static simd::FloatBlock<A> forward(const simd::FloatBlock<A>& a)
    {
        return select(less(a, simd::zero<A>()), expm1_to_0(a), a);
    }

    template <class A>
    NIB_INLINE static simd::FloatBlock<A> backward(const simd::FloatBlock<A>& dy, const simd::FloatBlock<A>&,
                                                   const simd::FloatBlock<A>& y)
    {
        return select(less(y, simd::zero<A>()), fma(dy, y, dy), dy);
    }

    static constexpr char c_text[] = R"(
/* exp(x) - 1 = 2^n (1 + t) - 1 below 0 */
static float $p_$[activation](float x)
{
    $p_bits n;
    float t;
    if (!(x < 0.0f)) return x;
    t = $p_reduced_exp(-25.0f > x ? -25.0f : x, 1.0f, &n);
    n.u = (n.u << 23) + 0x3f800000u;
    return $P_FMA(t, n.f, n.f - 1.0f);
}
)";
    static constexpr std::initializer_list<OnnxNode> onnx = {{"Elu"}}; // its alpha is 1 by default
    static constexpr char pytorch[] = "nn.ELU()";
};

} // namespace nib::activations
