// Activations. A fused one runs inside the loops of the kernels around it; the others are a separate pass over rows
// that are in the nearest cache.
#pragma once

#include "activations/list.hpp"
#include "kernels/table.hpp"

namespace nib::kernels {

using namespace simd;

// Calls fused.operator()<Activation>(), or apart() for an activation that is not fused.
template <class Fused, class Apart>
NIB_INLINE void with_fused(nib_activation activation, Fused fused, Apart apart)
{
    bool found = false;
    activations::with_activation(activation, [&]<class Activation>() NIB_INLINE_LAMBDA {
        if constexpr (Activation::fused) {
            fused.template operator()<Activation>();
            found = true;
        }
    });
    if (!found) apart();
}

// Rows are handled four at a time, so that their sums along the lanes overlap, in groups that stay in the nearest cache
// between passes. Each pass waits for the results of the one before it, 200 cycles for the statistics: with groups of
// 16 rows, a step of batch 32 was slower by 3%.
inline constexpr std::ptrdiff_t group_rows = 128;

NIB_INLINE std::ptrdiff_t rows_at_once(std::ptrdiff_t stride)
{
    constexpr std::ptrdiff_t floats = 4096; // 16 KiB
    const std::ptrdiff_t rows = floats / stride / 4 * 4;
    if (rows == 0) return 4;
    return rows < group_rows ? rows : group_rows;
}

// f(first, rows) for each group.
template <class F>
NIB_INLINE void for_groups(std::ptrdiff_t rows, std::ptrdiff_t stride, F f)
{
    const std::ptrdiff_t group = rows_at_once(stride);
    for (std::ptrdiff_t first = 0; first < rows; first += group) f(first, rows - first < group ? rows - first : group);
}

template <class A, class Activation>
void activate_rows(const Activate& t)
{
    using B = Narrow<A>;
    for (std::ptrdiff_t row = 0; row < t.rows; ++row) {
        const float* x = t.x + row * t.stride;
        float* y = t.y + row * t.stride;
        for (std::ptrdiff_t i = 0; i < t.examples; i += block_lanes<B>)
            store<B>(y + i, Activation::forward(load<B>(x + i)));
    }
}

template <class A>
void activate(const Activate& t)
{
    activations::with_activation(t.activation,
                                 [&]<class Activation>() NIB_INLINE_LAMBDA { activate_rows<A, Activation>(t); });
}

template <class A>
NIB_INLINE FloatBlock<A> sum_of_parts(const float* parts, std::ptrdiff_t count, std::ptrdiff_t stride)
{
    FloatBlock<A> total = load<A>(parts);
    for (std::ptrdiff_t p = 1; p < count; ++p) total = total + load<A>(parts + p * stride);
    return total;
}

template <class A, class Activation>
void activate_backward_rows(const ActivateBackward& given)
{
    using B = Narrow<A>;
    const ActivateBackward t = given;
    for (std::ptrdiff_t row = 0; row < t.rows; ++row) {
        // A shift of -0 leaves every product as it is; a shift of 0 would turn -0 into 0.
        const FloatBlock<B> scale = broadcast<B>(t.gamma ? t.gamma[row] : 1.0f);
        const FloatBlock<B> shift = broadcast<B>(t.shift ? t.shift[row] : -0.0f);
        for (std::ptrdiff_t at = row * t.stride; at < row * t.stride + t.examples; at += block_lanes<B>) {
            const FloatBlock<B> dy = t.dy ? sum_of_parts<B>(t.dy + at, t.parts, t.part_stride) : broadcast<B>(1.0f);
            if (t.dy_sum) store<B>(t.dy_sum + at, dy);
            const FloatBlock<B> a = fma(scale, load<B>(t.x + at), shift); // as on the way forward
            store<B>(t.da + at, Activation::backward(dy, a, load<B>(t.y + at)));
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
        const FloatBlock<A> scale = broadcast<A>(t.scale ? t.scale[row] : 1.0f), shift = broadcast<A>(t.shift[row]);
        const float* z = t.z + row * t.stride;
        float* y = t.y + row * t.stride;
        for (std::ptrdiff_t i = 0; i < t.examples; i += 16) {
            store<A>(y + i, Activation::forward(fma(scale, load<A>(z + i), shift)));
        }
    }
}

template <class A>
void affine(const Affine& t);

template <class A>
void affine_apart(const Affine& t)
{
    for_groups(t.rows, t.stride, [&](std::ptrdiff_t first, std::ptrdiff_t rows) NIB_INLINE_LAMBDA {
        Affine group = t;
        group.rows = rows;
        group.z += first * t.stride;
        group.y += first * t.stride;
        if (t.scale) group.scale += first;
        group.shift += first;
        group.activation = NIB_IDENTITY;
        affine<A>(group);
        activate<A>({rows, t.examples, t.stride, t.activation, group.y, group.y});
    });
}

template <class A>
void affine(const Affine& t)
{
    with_fused(
        t.activation, [&]<class Activation>() NIB_INLINE_LAMBDA { affine_rows<A, Activation>(t); },
        [&]() NIB_INLINE_LAMBDA { affine_apart<A>(t); });
}

} // namespace nib::kernels
