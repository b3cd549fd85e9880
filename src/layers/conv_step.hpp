// A convolution's part of a training step: its products. Each thread computes some output channels, their gradient dz
// and their weights' gradient, and then some channels of the input's gradient, for which it reads dz and the weights of
// all. A copy of the weights lets their owner update them meanwhile.
#pragma once

#include "kernels/convolution.hpp"
#include "net/planner.hpp"

namespace nib {

struct ConvStep {
    kernels::Convolution conv;
    const Tensor* weight;
    Range outputs, channels; // own
    StepBuffer x, z, dz;
    StepBuffer copy; // of the weights, as the step began with them
    GradientParts dx;
    Reach reads_x;

    std::ptrdiff_t weights() const noexcept { return outputs.size() * weight->row_stride; } // floats of the own ones
};

// z: where the way forward leaves the sums.
ConvStep plan_conv(std::size_t node, const StepBuffer& z, Planner& p);

void conv_forward(const StepState& s, const ConvStep& c);
void conv_update(StepState& s, const ConvStep& c);

// The stage of the input's gradient, behind the one that leaves dz.
void add_conv_backward(const ConvStep& c, Planner& p);

} // namespace nib
