// The tree in which results of several pieces of the examples are joined, in the kernels and in net/, which joins those
// of ranks: the bits depend on its order and on these formulas.
#pragma once

#include <cstddef>

namespace nib::kernels {

// f(left, right, pieces in each) for each two nodes of the tree that are joined, by the first piece of each, in the
// tree's order. The sum stands at `left` afterwards; each piece but the first is `right` once.
template <class F>
[[gnu::always_inline]] inline void for_joins(std::ptrdiff_t pieces, F f)
{
    for (std::ptrdiff_t size = 1; size < pieces; size *= 2)
        for (std::ptrdiff_t left = 0; left < pieces; left += 2 * size) f(left, left + size, size);
}

// Joins the moments of two samples (Chan, Golub and LeVeque 1983, "Algorithms for computing the sample variance"): the
// factors depend on their sizes alone, and a division takes as long as two blocks.
struct JoinFactors {
    float of_difference, of_square;
};

[[gnu::always_inline]] inline JoinFactors join_factors(std::ptrdiff_t left, std::ptrdiff_t right)
{
    const float n_left = static_cast<float>(left), n_right = static_cast<float>(right);
    const float share = n_right / (n_left + n_right);
    return {share, n_left * share};
}

[[gnu::always_inline]] inline void join_moments(const JoinFactors& factors, float& mean, float& scatter,
                                                float other_mean, float other_scatter)
{
    const float d = other_mean - mean;
    mean += d * factors.of_difference;
    scatter = (scatter + other_scatter) + d * d * factors.of_square;
}

} // namespace nib::kernels
