// Clipping by norm: gradients are kept until all are there, and shortened together before any parameter moves.
#pragma once

namespace nib {

class Planner;

// The stages behind the way back, as PyTorch's torch.nn.utils.clip_grad_norm_: what StepState::update left is done, by
// gradients times clip_norm / (norm + 1e-6) where that is below 1. The norm is that of the gradients of all tensors as
// one vector. The squares of each line of a matrix are summed in float, by the thread that owns it; these sums and the
// squares of vectors in double, in the order of the tensors, by every thread for itself.
void plan_clipping(Planner& planner, double clip_norm);

} // namespace nib
