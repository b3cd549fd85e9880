// relu6: a unchanged between 0 and 6, and clamped to that range outside.
#pragma once

#include "activations/definition.hpp"
#include "nib/nib.h"
#include "simd/block.hpp"

namespace nib::activations {

struct Relu6 {
    static constexpr nib_activation number = NIB_RELU6;
    static constexpr char word[] = "relu6";
    static constexpr double gain = 1.4142136; // 1 / sqrt(E y^2)
    static constexpr float bound = 6.0f;
    static constexpr bool fused = false;
    static constexpr Errors errors = {0, 0}, errors_without_fma = {0, 0};

    template <class A>
    NIB_INLINE static simd::FloatBlock<A> forward(const simd::FloatBlock<A>& a)
    {
        return max(simd::zero<A>(), min(simd::constant<A>(6), a)); // NaN stays NaN
    }

    template <class A>
    NIB_INLINE static simd::FloatBlock<A> backward(const simd::FloatBlock<A>& dy, const simd::FloatBlock<A>&,
                                                   const simd::FloatBlock<A>& y)
    {
        const simd::FloatBlock<A> below = select(less(y, simd::constant<A>(6)), dy, simd::zero<A>());
        return select(less(simd::zero<A>(), y), below, simd::zero<A>());
    }

    static constexpr char c_text[] = R"(
static float $p_$[activation](float x)
{
    const float below = 6.0f < x ? 6.0f : x;
    return 0.0f > below ? 0.0f : below;
}
)";
    static constexpr std::initializer_list<OnnxNode> onnx = {{"Clip", {0.0f, 6.0f}}};
    static constexpr char pytorch[] = "nn.ReLU6()";
};

} // namespace nib::activations
