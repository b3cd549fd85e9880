// For very few examples: a layer's product and the update of its weights in one pass over the weights, since reading
// and writing them takes much of such a step. The way back updates the weights as it multiplies by them. The way
// forward reads the transposed weights, and applies to those the update that the step before has left, but only for
// most_moved examples at most: for four, whose numbers of two steps overflow the registers, it was slower than two
// passes. The sums are those of product.hpp and few_update.hpp, and have their bits. With AVX-512 (Zen 5) a step of
// lecture-kaiming took 1.04 us instead of 1.65 at batch 1, and 2.29 instead of 2.49 at batch 4.
#pragma once

#include "kernels/few_update.hpp"

namespace nib::kernels {

// The examples that these passes take. More than most_moved need 32 registers, as with AVX-512, for enough sums.
template <class A>
inline constexpr int most_passed = most_moved;
#if defined(__AVX512F__)
template <>
inline constexpr int most_passed<Avx512> = fewest_examples;
#endif

// Registers side by side in a pass. Each column takes a factor and a sum for every example, and a weight. Three hold
// enough sums of three examples, and more would only add code.
template <class A, int examples>
inline constexpr int pass_columns = even_columns<A>(std::min((update_registers<A> - 2) / (2 * examples + 1),
                                                             examples < 3 ? 8 : 3));

// The same on the way forward, where the weights of more than most_moved examples do not move.
template <class A, int examples>
inline constexpr int forward_columns = examples <= most_moved ? pass_columns<A, examples> : 3;

// fma(alpha, the chain over the examples of left right, w).
template <class A, int examples, int columns>
NIB_INLINE auto moved(const typename Native<A>::Float (&left)[examples],
                      const typename Native<A>::Float (&right)[examples][columns], int j,
                      const typename Native<A>::Float& alpha, const typename Native<A>::Float& w)
{
    auto sum = Ops<A>::broadcast(0.0f);
#pragma GCC unroll 5
    for (int e = 0; e < examples; ++e) sum = Ops<A>::fma(left[e], right[e][j], sum);
    return Ops<A>::fma(alpha, sum, w);
}

template <class A, int examples, int columns>
NIB_INLINE void load_columns(const float* p, std::ptrdiff_t stride, typename Native<A>::Float (&to)[examples][columns])
{
#pragma GCC unroll 5
    for (int e = 0; e < examples; ++e) {
#pragma GCC unroll 8
        for (int j = 0; j < columns; ++j) to[e][j] = Ops<A>::load(p + e * stride + j * Native<A>::lanes);
    }
}

template <class A, int examples>
NIB_INLINE void broadcast_column(const float* p, std::ptrdiff_t stride, typename Native<A>::Float (&to)[examples])
{
#pragma GCC unroll 5
    for (int e = 0; e < examples; ++e) to[e] = Ops<A>::broadcast(p[e * stride]);
}

template <class A, int examples, int columns, bool moves>
NIB_INLINE void forward_pass(const FewForward& t, std::ptrdiff_t at)
{
    using R = Ops<A>;
    using Float = typename Native<A>::Float;
    constexpr int lanes = Native<A>::lanes;
    Float before[examples][columns], sums[examples][columns];
    if constexpr (moves) load_columns<A>(t.dz_before + at, t.dz_before_stride, before);
#pragma GCC unroll 5
    for (int e = 0; e < examples; ++e) {
#pragma GCC unroll 8
        for (int j = 0; j < columns; ++j) sums[e][j] = R::broadcast(0.0f);
    }
    const Float alpha = R::broadcast(t.alpha);
    float* weight = t.weight + at;
    for (std::ptrdiff_t k = 0; k < t.inputs; ++k, weight += t.weight_stride) {
        Float x[examples], x_before[examples];
        broadcast_column<A>(t.x + k, t.x_stride, x);
        if constexpr (moves) broadcast_column<A>(t.x_before + k, t.x_before_stride, x_before);
#pragma GCC unroll 8
        for (int j = 0; j < columns; ++j) {
            Float w = R::load(weight + j * lanes);
            if constexpr (moves) {
                w = moved<A>(x_before, before, j, alpha, w);
                R::store(weight + j * lanes, w);
            }
#pragma GCC unroll 5
            for (int e = 0; e < examples; ++e) sums[e][j] = R::fma(x[e], w, sums[e][j]);
        }
    }
#pragma GCC unroll 5
    for (int e = 0; e < examples; ++e) {
#pragma GCC unroll 8
        for (int j = 0; j < columns; ++j) {
            const Float z = t.shift ? sums[e][j] + R::load(t.shift + at + j * lanes) : sums[e][j];
            R::store(t.z + e * t.z_stride + at + j * lanes, z);
        }
    }
}

template <class A>
void few_forward(const FewForward& given)
{
    const FewForward t = given;
    with_number<most_passed<A>>(t.examples, [&]<int examples>() NIB_INLINE_LAMBDA {
        in_passes<forward_columns<A, examples>, Native<A>::lanes>(
            t.outputs, [&]<int columns>(std::ptrdiff_t at) NIB_INLINE_LAMBDA {
                if constexpr (examples <= most_moved) {
                    if (t.moves) return forward_pass<A, examples, columns, true>(t, at);
                }
                forward_pass<A, examples, columns, false>(t, at);
            });
    });
}

// Groups of neurons whose sums run side by side: a chain of one or two registers would leave the units waiting.
template <class A, int examples, int columns>
inline constexpr int pass_groups = Native<A>::lanes > 4 && columns <= 2 ? std::max(4 / examples, 1) : 1;

// The sums of `groups` groups beginning at the rows in `first`, `count` rows of each.
template <class A, int examples, int columns, int groups>
NIB_INLINE void backward_rows(const FewBackward& t, std::ptrdiff_t at, const std::ptrdiff_t (&first)[groups],
                              std::ptrdiff_t count, const typename Native<A>::Float (&x)[examples][columns],
                              typename Native<A>::Float (&sums)[groups][examples][columns])
{
    using R = Ops<A>;
    using Float = typename Native<A>::Float;
    const Float alpha = R::broadcast(t.alpha);
    float* weight[groups];
    const float* dz[groups];
#pragma GCC unroll 4
    for (int g = 0; g < groups; ++g) {
        weight[g] = t.weight + first[g] * t.weight_stride + at;
        dz[g] = t.dz + first[g];
    }
    for (std::ptrdiff_t row = 0; row < count; ++row) {
#pragma GCC unroll 4
        for (int g = 0; g < groups; ++g) {
            Float left[examples];
            broadcast_column<A>(dz[g] + row, t.dz_stride, left);
            float* const to = weight[g] + row * t.weight_stride;
#pragma GCC unroll 8
            for (int j = 0; j < columns; ++j) {
                const Float w = R::load(to + j * Native<A>::lanes);
#pragma GCC unroll 5
                for (int e = 0; e < examples; ++e) sums[g][e][j] = R::fma(left[e], w, sums[g][e][j]);
                R::store(to + j * Native<A>::lanes, moved<A>(left, x, j, alpha, w));
            }
        }
    }
}

// Adds the contribution of some groups, from `group` on, to the columns of dx.
template <class A, int examples, int columns, int groups>
NIB_INLINE void backward_groups(const FewBackward& t, std::ptrdiff_t at, std::ptrdiff_t group,
                                const typename Native<A>::Float (&x)[examples][columns])
{
    using R = Ops<A>;
    using Float = typename Native<A>::Float;
    const auto first_row = [&](std::ptrdiff_t g) NIB_INLINE_LAMBDA { return t.outputs * g / t.groups; };
    Float sums[groups][examples][columns];
    std::ptrdiff_t first[groups], common = t.outputs;
#pragma GCC unroll 4
    for (int g = 0; g < groups; ++g) {
        first[g] = first_row(group + g);
        common = std::min(common, first_row(group + g + 1) - first[g]);
#pragma GCC unroll 5
        for (int e = 0; e < examples; ++e) {
#pragma GCC unroll 8
            for (int j = 0; j < columns; ++j) sums[g][e][j] = R::broadcast(0.0f);
        }
    }
    backward_rows<A>(t, at, first, common, x, sums);
    for (int g = 0; groups > 1 && g < groups; ++g) { // groups differ by a row
        const std::ptrdiff_t last[1] = {first[g] + common};
        Float sum[1][examples][columns];
        std::memcpy(&sum, &sums[g], sizeof sum);
        backward_rows<A>(t, at, last, first_row(group + g + 1) - last[0], x, sum);
        std::memcpy(&sums[g], &sum, sizeof sum);
    }
#pragma GCC unroll 5
    for (int e = 0; e < examples; ++e) {
#pragma GCC unroll 8
        for (int j = 0; j < columns; ++j) {
            float* const to = t.dx + e * t.dx_stride + at + j * Native<A>::lanes;
            Float total = sums[0][e][j];
            if (group > 0) total = R::load(to) + total;
#pragma GCC unroll 4
            for (int g = 1; g < groups; ++g) total = total + sums[g][e][j];
            R::store(to, total);
        }
    }
}

template <class A, int examples, int columns>
NIB_INLINE void backward_pass(const FewBackward& t, std::ptrdiff_t at)
{
    typename Native<A>::Float x[examples][columns];
    load_columns<A>(t.x + at, t.x_stride, x);
    constexpr int together = pass_groups<A, examples, columns>;
    std::ptrdiff_t group = 0;
    for (; group + together <= t.groups; group += together)
        backward_groups<A, examples, columns, together>(t, at, group, x);
    if constexpr (together > 1) {
        for (; group < t.groups; ++group) backward_groups<A, examples, columns, 1>(t, at, group, x);
    }
}

template <class A>
void few_backward(const FewBackward& given)
{
    const FewBackward t = given;
    with_number<most_passed<A>>(t.examples, [&]<int examples>() NIB_INLINE_LAMBDA {
        in_passes<pass_columns<A, examples>, Native<A>::lanes>(
            t.inputs,
            [&]<int columns>(std::ptrdiff_t at) NIB_INLINE_LAMBDA { backward_pass<A, examples, columns>(t, at); });
    });
}

} // namespace nib::kernels
