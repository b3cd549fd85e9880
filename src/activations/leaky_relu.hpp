// leaky-relu: a above 0, a / 100 below (the default slope of torch.nn.LeakyReLU).
#pragma once

#include "activations/definition.hpp"
#include "nib/nib.h"
#include "simd/block.hpp"

namespace nib::activations {

struct LeakyRelu {
    static constexpr nib_activation number = NIB_LEAKY_RELU;
    static constexpr char word[] = "leaky-relu";
    static constexpr double gain = 1.4141428569978354; // sqrt(2 / (1 + 0.01^2))
    static constexpr float bound = 0.0f;
    static constexpr bool fused = false;
    static constexpr Errors errors = {0.85, 0.01}, errors_without_fma = {0.85, 0.01};

    template <class A>
    NIB_INLINE static simd::FloatBlock<A> forward(const simd::FloatBlock<A>& a)
    {
        return max(simd::constant<A>(0.01) * a, a); // NaN stays NaN
    }

    template <class A>
    NIB_INLINE static simd::FloatBlock<A> backward(const simd::FloatBlock<A>& dy, const simd::FloatBlock<A>&,
                                                   const simd::FloatBlock<A>& y)
    {
        return select(less(simd::zero<A>(), y), dy, simd::constant<A>(0.01) * dy);
    }

    static constexpr char c_text[] = R"(
static float $p_$[activation](float x) { return 0.01f * x > x ? 0.01f * x : x; }
)";
    static constexpr std::initializer_list<OnnxNode> onnx = {{"LeakyRelu"}}; // its alpha is 0.01 by default
    static constexpr char pytorch[] = "nn.LeakyReLU()";
};

} // namespace nib::activations
