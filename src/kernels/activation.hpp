// The activations and their derivatives, a block at a time; fused into the kernels around them.
#pragma once

#include "kernels/table.hpp"
#include "simd/block.hpp"
#include "simd/math.hpp"

namespace nib::kernels {

using namespace simd;

template <Activation activation, class A>
NIB_INLINE F16<A> activate(const F16<A>& x)
{
    if constexpr (activation == Activation::tanh) return tanh(x);
    if constexpr (activation == Activation::relu) return max(zero<A>(), x); // NaN stays NaN
    return x;
}

// dy activation'(x), from y = activation(x): tanh' = 1 - y^2, relu' = 1 where y > 0.
template <Activation activation, class A>
NIB_INLINE F16<A> activate_backward(const F16<A>& dy, const F16<A>& y)
{
    if constexpr (activation == Activation::tanh) return dy * fma(zero<A>() - y, y, broadcast<A>(1.0f));
    if constexpr (activation == Activation::relu) return select(less(zero<A>(), y), dy, zero<A>());
    return dy;
}

// Calls f.template operator()<activation>(): from a value at run time to code that is compiled for it.
template <class F>
NIB_INLINE void with_activation(Activation activation, F f)
{
    switch (activation) {
    case Activation::tanh:
        return f.template operator()<Activation::tanh>();
    case Activation::relu:
        return f.template operator()<Activation::relu>();
    case Activation::identity:
        return f.template operator()<Activation::identity>();
    }
}

template <class A, Activation activation>
void affine_rows(const Affine& t)
{
    for (std::ptrdiff_t row = 0; row < t.rows; ++row) {
        const F16<A> scale = broadcast<A>(t.scale ? t.scale[row] : 1.0f), shift = broadcast<A>(t.shift[row]);
        const float* z = t.z + row * t.stride;
        float* y = t.y + row * t.stride;
        for (std::ptrdiff_t i = 0; i < t.examples; i += 16) {
            store<A>(y + i, activate<activation>(fma(scale, load<A>(z + i), shift)));
        }
    }
}

template <class A>
void affine(const Affine& t)
{
    with_activation(t.activation, [&]<Activation activation>() NIB_INLINE_LAMBDA { affine_rows<A, activation>(t); });
}

} // namespace nib::kernels
