// Clipping by norm: gradients are kept until all are there, and scaled down together before any parameter changes.
#pragma once

namespace nib {

class Planner;

// Adds the stages behind the way back, as PyTorch's torch.nn.utils.clip_grad_norm_ does. They make the updates that
// StepState::update left, with the gradients times clip_norm / (norm + 1e-6) if that factor is below 1. The norm is
// that of the gradients of all tensors as one vector. The thread that owns a line of a matrix sums its squares in
// float. Every thread then adds these sums and the squares of vectors in double, in the order of the tensors.
void plan_clipping(Planner& planner, double clip_norm);

} // namespace nib
