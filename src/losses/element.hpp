// Losses that are a mean over outputs: the arguments of their kernel.
#pragma once

#include "net/loss.hpp"

#include <cstddef>
#include <optional>

namespace nib {

// LossKind::outputs for losses with one output for each number to learn.
inline std::optional<std::ptrdiff_t> output_for_each(std::ptrdiff_t targets) { return targets; }

inline kernels::ElementLoss element_loss_of(const LossBatch& b, kernels::LossFunction function, double delta = 0)
{
    return {.function = function,
            .delta = static_cast<float>(delta),
            .rows = b.outputs,
            .examples = b.examples,
            .stride = b.stride,
            .z = b.z,
            .targets = b.targets,
            .weights = b.weights,
            .weight = b.weight,
            .first_row = b.own.first,
            .last_row = b.own.last,
            .gradient = b.gradient};
}

} // namespace nib
