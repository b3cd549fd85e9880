// relu: a above 0, 0 below.
#pragma once

#include "activations/definition.hpp"
#include "nib/nib.h"
#include "simd/block.hpp"

namespace nib::activations {

struct Relu {
    static constexpr nib_activation number = NIB_RELU;
    static constexpr char word[] = "relu";
    static constexpr double gain = 1.4142135623730951;
    static constexpr float bound = 0.0f;
    static constexpr bool fused = true;
    static constexpr Errors errors = {0, 0}, errors_without_fma = {0, 0};

    template <class A>
    NIB_INLINE static simd::FloatBlock<A> forward(const simd::FloatBlock<A>& a)
    {
        return max(simd::zero<A>(), a); // NaN stays NaN
    }

    template <class A>
    NIB_INLINE static simd::FloatBlock<A> backward(const simd::FloatBlock<A>& dy, const simd::FloatBlock<A>&,
                                                   const simd::FloatBlock<A>& y)
    {
        return select(less(simd::zero<A>(), y), dy, simd::zero<A>());
    }

    static constexpr char c_text[] = R"(
static float $p_$[activation](float x) { return 0.0f > x ? 0.0f : x; }
)";
    static constexpr std::initializer_list<OnnxNode> onnx = {{"Relu"}};
    static constexpr char pytorch[] = "nn.ReLU()";
};

} // namespace nib::activations
