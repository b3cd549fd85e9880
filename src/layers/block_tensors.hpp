// The tensors of a block, shared by its plans by feature and by example.
#pragma once

#include "layers/batchnorm.hpp"
#include "layers/block.hpp"
#include "net/planner.hpp"

namespace nib {

// Step: the data of a plan's stages. size: the floats of an array of the norm's statistics.
template <class Step>
void give_norm(const Node& norm, std::size_t node, std::ptrdiff_t size, Planner& p, Step& step)
{
    const auto& options = norm.spec.options.as<BatchnormOptions>();
    const Layout& layout = p.model().layout;
    step.norm = true;
    step.running = &layout.running_of(node);
    step.gamma = &layout.tensor(node, 0);
    step.shift = &layout.tensor(node, 1);
    step.eps = step.running->is_std ? 0.0f : static_cast<float>(options.eps);
    step.momentum = static_cast<float>(options.momentum);
    step.unbiased = options.variance == BatchVariance::unbiased;
    for (StepBuffer* each : {&step.inverse_std, &step.mean, &step.spread}) *each = p.array(size);
}

// Parts that the block lacks remain null.
template <class Step>
void give_tensors(const Block& block, std::size_t node, std::ptrdiff_t size, Planner& p, Step& step)
{
    if (block.linear != nullptr) {
        step.weight = &p.model().layout.tensor(node, 0);
        if (block.norm == nullptr && has_bias(*block.linear)) step.shift = &p.model().layout.tensor(node, 1);
    }
    if (block.norm != nullptr) give_norm(*block.norm, node + (block.linear != nullptr ? 1 : 0), size, p, step);
}

} // namespace nib
