// The data of a block's stages in a training step by feature.
#pragma once

#include "layers/conv_step.hpp"
#include "net/segment_sums.hpp"

#include <memory>
#include <optional>

namespace nib {

// Sums of each node, if several ranks share the minibatch: a norm's statistics, and the gradients of shift and gamma.
struct BlockSums {
    SegmentSums moments, sums;
};

// The data of one block's stages. Tensors are null if the block has no such part.
struct BlockStep {
    std::ptrdiff_t batch, stride; // of a product
    ExampleRows rows;
    std::ptrdiff_t positions; // of a feature
    nib_activation activation;
    bool norm, unbiased;
    float eps, momentum;
    const Tensor* weight;
    std::optional<ConvStep> conv; // its products, if the block has one in place of a linear
    const Running* running;       // null without a norm
    const Tensor *gamma, *shift;  // of the norm; a bias counts as a shift too
    Range own;                    // features of the output
    Range groups;                 // the groups of these rows: see neuron_groups
    Parts parts;                  // the parts of the input's gradient that the groups leave
    StepBuffer x, z, y;           // the input; the input of norm or bias; the output
    StepBuffer inverse_std, mean, spread;
    GradientParts dy, dx;
    std::ptrdiff_t observed;                    // row in Observation's arrays; -1: there is no activation
    std::shared_ptr<const BlockSums> for_ranks; // null: there is no norm, or a single rank

    std::ptrdiff_t at() const noexcept { return own.first * rows.stride; }
    std::ptrdiff_t numbers() const noexcept { return own.size() * rows.stride; }
    bool waits_for_ranks() const noexcept { return for_ranks != nullptr; }
    bool is_bare() const noexcept { return !norm && shift == nullptr; } // only a linear without a bias
};

} // namespace nib
