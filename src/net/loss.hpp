// A minibatch's outputs with what is to be learned from them: LossKind::compute's.
#pragma once

#include "kernels/table.hpp"
#include "net/shares.hpp"

#include <cstddef>
#include <cstdint>

namespace nib {

// Arrays of numbers are by feature, (outputs, stride) of whole 16-float blocks; z and gradient of few examples by
// example.
struct LossBatch {
    const kernels::Table& kernels;
    std::ptrdiff_t outputs, examples, stride;
    const float* z;
    const std::int32_t* classes; // (examples); of numbers null
    const float* targets;        // of classes null
    const float* weights;        // (stride); null: each is 1
    float weight;                // their sum, or the number of examples
    float* workspace;            // two rows
    Range own;                   // rows of the gradient
    float* gradient;             // null: the loss alone, as it is evaluated, without smoothing
};

} // namespace nib
