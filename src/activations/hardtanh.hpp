// hardtanh: a unchanged between -1 and 1, and clamped to that range outside.
#pragma once

#include "activations/definition.hpp"
#include "nib/nib.h"
#include "simd/block.hpp"

namespace nib::activations {

struct Hardtanh {
    static constexpr nib_activation number = NIB_HARDTANH;
    static constexpr char word[] = "hardtanh";
    static constexpr double gain = 1.3920360; // 1 / sqrt(E y^2)
    static constexpr float bound = 1.0f;
    static constexpr bool fused = false;
    static constexpr Errors errors = {0, 0}, errors_without_fma = {0, 0};

    template <class A>
    NIB_INLINE static simd::FloatBlock<A> forward(const simd::FloatBlock<A>& a)
    {
        return max(simd::constant<A>(-1), min(simd::constant<A>(1), a)); // NaN stays NaN
    }

    template <class A>
    NIB_INLINE static simd::FloatBlock<A> backward(const simd::FloatBlock<A>& dy, const simd::FloatBlock<A>&,
                                                   const simd::FloatBlock<A>& y)
    {
        return select(less(absolute(y), simd::constant<A>(1)), dy, simd::zero<A>());
    }

    static constexpr char c_text[] = R"(
static float $p_$[activation](float x)
{
    const float below = 1.0f < x ? 1.0f : x;
    return -1.0f > below ? -1.0f : below;
}
)";
    static constexpr std::initializer_list<OnnxNode> onnx = {{"Clip", {-1.0f, 1.0f}}};
    static constexpr char pytorch[] = "nn.Hardtanh()";
};

} // namespace nib::activations
