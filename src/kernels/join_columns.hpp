// Joins the moments of several groups of rows, group after group, in the arrays that receive the results.
#pragma once

#include "kernels/column_moments.hpp"

namespace nib::kernels {

template <class A>
NIB_INLINE void copy_columns(std::ptrdiff_t examples, const float* from, float* to)
{
    for_columns(examples, [&](std::ptrdiff_t i) NIB_INLINE_LAMBDA { store<A>(to + i, load<A>(from + i)); });
}

// Chan, Golub and LeVeque (1979): joins two samples, the `before` rows so far and the group's rows.
template <class A>
NIB_INLINE void join_spread(const JoinColumns& t, std::ptrdiff_t group, float before, float* scatter)
{
    const float rows = static_cast<float>(t.group_rows[group]), share = rows / (before + rows);
    const FloatBlock<A> of_difference = broadcast<A>(share), of_square = broadcast<A>(before * share);
    const float* group_mean = t.group_mean + group * t.group_stride;
    const float* group_scatter = t.group_scatter + group * t.group_stride;
    for_columns(t.examples, [&](std::ptrdiff_t i) NIB_INLINE_LAMBDA {
        const FloatBlock<A> mean = load<A>(t.mean + i), d = load<A>(group_mean + i) - mean;
        const FloatBlock<A> within = load<A>(scatter + i) + load<A>(group_scatter + i);
        store<A>(t.mean + i, fma(of_difference, d, mean));
        store<A>(scatter + i, fma(d * d, of_square, within));
    });
}

template <class A>
NIB_INLINE void join_squares(const JoinColumns& t, std::ptrdiff_t group, float* squares)
{
    const float* group_squares = t.group_scatter + group * t.group_stride;
    for_columns(t.examples, [&](std::ptrdiff_t i) NIB_INLINE_LAMBDA {
        store<A>(squares + i, load<A>(squares + i) + load<A>(group_squares + i));
    });
}

template <class A>
void join_columns(const JoinColumns& given)
{
    const JoinColumns t = given;
    float* scatter = t.inverse_std; // holds the scatter until all groups are joined
    copy_columns<A>(t.examples, t.group_scatter, scatter);
    if (t.group_mean) copy_columns<A>(t.examples, t.group_mean, t.mean);
    std::ptrdiff_t rows = t.group_rows[0];
    for (std::ptrdiff_t group = 1; group < t.groups; ++group) {
        if (t.group_mean) {
            join_spread<A>(t, group, static_cast<float>(rows), scatter);
        } else {
            join_squares<A>(t, group, scatter);
        }
        rows += t.group_rows[group];
    }
    const FloatBlock<A> n = broadcast<A>(static_cast<float>(rows)), eps = broadcast<A>(t.eps);
    for_columns(t.examples, [&](std::ptrdiff_t i) NIB_INLINE_LAMBDA {
        store<A>(t.inverse_std + i, broadcast<A>(1.0f) / sqrt(load<A>(scatter + i) / n + eps));
    });
}

} // namespace nib::kernels
