// No activation. Exports leave it out.
#pragma once

#include "activations/definition.hpp"
#include "nib/nib.h"
#include "simd/block.hpp"

namespace nib::activations {

struct Identity {
    static constexpr nib_activation number = NIB_IDENTITY;
    static constexpr char word[] = "identity";
    static constexpr double gain = 1.0;
    static constexpr float bound = 0.0f;
    static constexpr bool fused = true;
    static constexpr Errors errors = {0, 0}, errors_without_fma = {0, 0};

    template <class A>
    NIB_INLINE static simd::FloatBlock<A> forward(const simd::FloatBlock<A>& a)
    {
        return a;
    }

    template <class A>
    NIB_INLINE static simd::FloatBlock<A> backward(const simd::FloatBlock<A>& dy, const simd::FloatBlock<A>&,
                                                   const simd::FloatBlock<A>&)
    {
        return dy;
    }

    static constexpr char c_text[] = "";
    static constexpr std::initializer_list<OnnxNode> onnx = {};
    static constexpr char pytorch[] = "nn.Identity()";
};

} // namespace nib::activations
