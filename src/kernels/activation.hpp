// Activations by themselves, a row at a time, and behind a bias or a normalisation in evaluation mode.
#pragma once

#include "activations/list.hpp"
#include "kernels/table.hpp"

namespace nib::kernels {

using namespace simd;

template <class A, class Activation>
void activate_rows(const Activate& t)
{
    for (std::ptrdiff_t row = 0; row < t.rows; ++row) {
        float* y = t.y + row * t.stride;
        for (std::ptrdiff_t i = 0; i < t.examples; i += 16) store<A>(y + i, Activation::forward(load<A>(y + i)));
    }
}

template <class A>
void activate(const Activate& t)
{
    activations::with_activation(t.activation,
                                 [&]<class Activation>() NIB_INLINE_LAMBDA { activate_rows<A, Activation>(t); });
}

template <class A>
NIB_INLINE F16<A> sum_of_parts(const float* parts, std::ptrdiff_t count, std::ptrdiff_t stride)
{
    F16<A> total = load<A>(parts);
    for (std::ptrdiff_t p = 1; p < count; ++p) total = total + load<A>(parts + p * stride);
    return total;
}

template <class A, class Activation>
void activate_backward_rows(const ActivateBackward& given)
{
    const ActivateBackward t = given;
    for (std::ptrdiff_t row = 0; row < t.rows; ++row) {
        const F16<A> scale = broadcast<A>(t.gamma ? t.gamma[row] : 1.0f), shift = broadcast<A>(t.shift[row]);
        for (std::ptrdiff_t at = row * t.stride; at < row * t.stride + t.examples; at += 16) {
            const F16<A> dy = t.dy ? sum_of_parts<A>(t.dy + at, t.parts, t.part_stride) : broadcast<A>(1.0f);
            if (t.dy_sum) store<A>(t.dy_sum + at, dy);
            const F16<A> a = fma(scale, load<A>(t.x + at), shift); // as it was on the way forward
            store<A>(t.da + at, Activation::backward(dy, a, load<A>(t.y + at)));
        }
    }
}

template <class A>
void activate_backward(const ActivateBackward& t)
{
    activations::with_activation(t.activation, [&]<class Activation>()
                                                   NIB_INLINE_LAMBDA { activate_backward_rows<A, Activation>(t); });
}

template <class A, class Activation>
void affine_rows(const Affine& t)
{
    for (std::ptrdiff_t row = 0; row < t.rows; ++row) {
        const F16<A> scale = broadcast<A>(t.scale ? t.scale[row] : 1.0f), shift = broadcast<A>(t.shift[row]);
        const float* z = t.z + row * t.stride;
        float* y = t.y + row * t.stride;
        for (std::ptrdiff_t i = 0; i < t.examples; i += 16) {
            store<A>(y + i, Activation::forward(fma(scale, load<A>(z + i), shift)));
        }
    }
}

template <class A>
void affine(const Affine& t)
{
    activations::with_activation(t.activation,
                                 [&]<class Activation>() NIB_INLINE_LAMBDA { affine_rows<A, Activation>(t); });
}

} // namespace nib::kernels
