// The way back through a normalisation over the features of each example. One kernel computes what a group of rows adds
// to the sums over features; the other, once all sums are known, the gradient of the input.
#pragma once

#include "kernels/column_moments.hpp"

namespace nib::kernels {

// Computes g of some rows, their dgamma and dbeta, and what they add to the columns' sums.
template <class A, bool centred, int rows>
NIB_INLINE void sums_of_rows(const StandardiseSums& t, std::ptrdiff_t row, float* dgamma_to, float* dbeta_to)
{
    FloatBlock<A> dgamma[rows], dbeta[rows];
    for (auto& each : dgamma) each = zero<A>();
    for (auto& each : dbeta) each = zero<A>();
    for_blocks<A>(t.examples, [&](std::ptrdiff_t i, auto partial) NIB_INLINE_LAMBDA {
        FloatBlock<A> sum_g = zero<A>(), sum_gx = load<A>(t.sum_gx + i);
        if constexpr (centred) sum_g = load<A>(t.sum_g + i);
#pragma GCC unroll 4
        for (int r = 0; r < rows; ++r) {
            const std::ptrdiff_t at = (row + r) * t.stride + i, left = t.examples - i;
            FloatBlock<A> dy = sum_of_parts<A>(t.dy + at, t.parts, t.part_stride), x_hat = load<A>(t.x_hat + at);
            // Only for a partial block: GCC 12 copies a block that a loop has summed through memory, which takes six
            // times as long.
            if constexpr (partial.value) {
                dy = examples_only<A>(partial, left, dy);
                x_hat = examples_only<A>(partial, left, x_hat);
            }
            dbeta[r] = dbeta[r] + dy;
            dgamma[r] = fma(dy, x_hat, dgamma[r]);
            const FloatBlock<A> g = dy * broadcast<A>(t.gamma[row + r]);
            store<A>(t.g + at, g);
            if constexpr (centred) sum_g = sum_g + g;
            sum_gx = fma(g, x_hat, sum_gx);
        }
        if constexpr (centred) store<A>(t.sum_g + i, sum_g);
        store<A>(t.sum_gx + i, sum_gx);
    });
    sums(dgamma, dgamma_to);
    sums(dbeta, dbeta_to);
}

template <class A, bool centred>
NIB_INLINE void standardise_sums_of(const StandardiseSums& t)
{
    if constexpr (centred) clear_columns<A>(t.examples, t.sum_g);
    clear_columns<A>(t.examples, t.sum_gx);
    for_rows(t.rows, [&](std::ptrdiff_t row, auto count) NIB_INLINE_LAMBDA {
        float unwanted[4];
        sums_of_rows<A, centred, count.value>(t, row, t.dgamma + row, t.dbeta ? t.dbeta + row : unwanted);
    });
}

template <class A>
void standardise_sums(const StandardiseSums& given)
{
    const StandardiseSums t = given;
    t.sum_g ? standardise_sums_of<A, true>(t) : standardise_sums_of<A, false>(t);
}

// to = (the groups' sums, added in order) / divisor, for some columns.
template <class A>
NIB_INLINE void mean_of_groups(const StandardiseBackward& t, const float* sums, float divisor, std::ptrdiff_t examples,
                               float* to)
{
    for_columns(examples, [&](std::ptrdiff_t i) NIB_INLINE_LAMBDA {
        store<A>(to + i, sum_of_parts<A>(sums + i, t.groups, t.group_stride) / broadcast<A>(divisor));
    });
}

inline constexpr std::ptrdiff_t columns_at_once = 512; // 2 KiB of each mean, which all rows then use

// Computes the gradient of `examples` columns from `first` on, at most columns_at_once.
template <class A, bool centred>
NIB_INLINE void standardise_backward_of(const StandardiseBackward& t, std::ptrdiff_t first, std::ptrdiff_t examples)
{
    float mean_g[columns_at_once], slope[columns_at_once];
    const float features = static_cast<float>(t.features);
    if constexpr (centred) mean_of_groups<A>(t, t.sum_g + first, features, examples, mean_g);
    mean_of_groups<A>(t, t.sum_gx + first, -features, examples, slope);
    for_rows(t.rows, [&](std::ptrdiff_t row, auto count) NIB_INLINE_LAMBDA {
        for_columns(examples, [&](std::ptrdiff_t i) NIB_INLINE_LAMBDA {
#pragma GCC unroll 4
            for (int r = 0; r < count.value; ++r) {
                const std::ptrdiff_t at = (row + r) * t.stride + first + i;
                FloatBlock<A> g = load<A>(t.g + at);
                if constexpr (centred) g = g - load<A>(mean_g + i);
                const FloatBlock<A> moved = fma(load<A>(t.x_hat + at), load<A>(slope + i), g);
                store<A>(t.dx + at, load<A>(t.inverse_std + first + i) * moved);
            }
        });
    });
}

template <class A>
void standardise_backward(const StandardiseBackward& given)
{
    const StandardiseBackward t = given;
    for (std::ptrdiff_t first = 0; first < t.examples; first += columns_at_once) {
        const std::ptrdiff_t left = t.examples - first, examples = left < columns_at_once ? left : columns_at_once;
        t.sum_g ? standardise_backward_of<A, true>(t, first, examples)
                : standardise_backward_of<A, false>(t, first, examples);
    }
}

} // namespace nib::kernels
