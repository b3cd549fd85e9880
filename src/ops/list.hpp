// The operations that a folded file may hold.
#pragma once

#include "ops/op.hpp"

namespace nib {

extern const Op table_op, lookup_op, dense_op, scale_shift_op, normalise_op, activate_op, keep_op, swap_op, add_op,
    standardize_op, convolution_op, depthwise_op, max_pool_op, average_pool_op, flatten_op;

const Op& op_of(const infer::Operation& operation);

// The operation's word; for an activation, that activation's word; "?" for an unknown kind.
const char* op_word(const infer::Operation& operation);

} // namespace nib
