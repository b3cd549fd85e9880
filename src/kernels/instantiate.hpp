// One instruction set's table: every kernel, compiled for architecture A.
#pragma once

#include "kernels/activation.hpp"
#include "kernels/add.hpp"
#include "kernels/batchnorm.hpp"
#include "kernels/column_moments.hpp"
#include "kernels/cross_entropy.hpp"
#include "kernels/dropout.hpp"
#include "kernels/element_loss.hpp"
#include "kernels/elementwise.hpp"
#include "kernels/few_cross_entropy.hpp"
#include "kernels/few_norm.hpp"
#include "kernels/few_pass.hpp"
#include "kernels/few_update.hpp"
#include "kernels/few_update_transposed.hpp"
#include "kernels/join_columns.hpp"
#include "kernels/narrow_weights.hpp"
#include "kernels/product.hpp"
#include "kernels/row_norm.hpp"
#include "kernels/standardise.hpp"
#include "kernels/standardise_backward.hpp"
#include "kernels/taps_max.hpp"
#include "kernels/taps_product.hpp"
#include "kernels/transpose.hpp"
#include "kernels/update.hpp"

namespace nib::kernels {

template <class A>
constexpr Table make_table(const char* isa)
{
    return Table{
        .isa = isa,
        .tile_rows = Tile<A>::rows,
        .tile_columns = Tile<A>::registers * Native<A>::lanes,
        .most_passed = most_passed<A>,
        .product = product<A>,
        .taps_product = taps_product<A>,
        .taps_max = taps_max<A>,
        .taps_max_back = taps_max_back<A>,
        .narrow_weights = narrow_weights<A>,
        .activate = activate<A>,
        .activate_backward = activate_backward<A>,
        .affine = affine<A>,
        .norm_forward = norm_forward<A>,
        .norm_backward = norm_backward<A>,
        .row_norm_forward = row_norm_forward<A>,
        .row_affine = row_affine<A>,
        .row_norm_backward = row_norm_backward<A>,
        .moments = moments<A>,
        .column_moments = column_moments<A>,
        .join_columns = join_columns<A>,
        .standardise = standardise<A>,
        .standardise_sums = standardise_sums<A>,
        .standardise_backward = standardise_backward<A>,
        .dropout = dropout<A>,
        .cross_entropy = cross_entropy<A>,
        .element_loss = element_loss<A>,
        .few_shift = few_shift<A>,
        .few_norm_forward = few_norm_forward<A>,
        .few_norm_backward = few_norm_backward<A>,
        .few_update = few_update<A>,
        .few_update_transposed = few_update_transposed<A>,
        .few_forward = few_forward<A>,
        .few_backward = few_backward<A>,
        .few_cross_entropy = few_cross_entropy<A>,
        .add = add<A>,
        .sum_parts = sum_parts<A>,
        .transpose = transpose<A>,
        .sgd = sgd<A>,
        .momentum = momentum<A>,
        .adamw = adamw<A>,
        .blend = blend<A>,
        .scale = scale<A>,
        .sum_of_squares = sum_of_squares<A>,
        .tanh = tanh_array<A>,
        .exp = exp_array<A>,
        .log = log_array<A>,
    };
}

} // namespace nib::kernels
