// A block's norm or bias, with the activation, in a training step. If the minibatch is cut, what is summed over the
// examples is summed in each segment by itself. If several ranks share it, each way of a norm takes two stages: the
// sums of the rank's segments, and the rest, which reads those of all ranks.
#pragma once

#include "layers/block_step.hpp"

namespace nib {

void norm_forward(const StepState& s, const BlockStep& b);
void norm_forward_rest(const StepState& s, const BlockStep& b);

// dy, dz: of the own rows. dy_sum: null, or where the summed dy is stored.
void norm_backward(const StepState& s, const BlockStep& b, const float* dy, float* dz, float* dy_sum);
void norm_backward_rest(const StepState& s, const BlockStep& b, const float* dy, float* dz);

void update_running(StepState& s, const BlockStep& b);

} // namespace nib
