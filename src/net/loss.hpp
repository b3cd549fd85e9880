// A minibatch's outputs with their targets: the argument of LossKind::compute.
#pragma once

#include "kernels/table.hpp"
#include "net/shares.hpp"

#include <cstddef>
#include <cstdint>

namespace nib {

// Arrays of numbers are by feature, (outputs, stride) of whole 16-float blocks. For few examples, z and gradient are by
// example.
struct LossBatch {
    const kernels::Table& kernels;
    std::ptrdiff_t outputs, examples, stride;
    const float* z;
    const std::int32_t* classes; // (examples); null for numbers
    const float* targets;        // null for classes
    const float* weights;        // (stride); null: each is 1
    float weight;                // their sum, or the number of examples
    float* workspace;            // two rows
    Range own;                   // the rows of the gradient to write
    float* gradient;             // null: only the loss, as in evaluation, without smoothing
};

} // namespace nib
