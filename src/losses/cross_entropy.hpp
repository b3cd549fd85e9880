// Softmax and cross-entropy: the loss of a network whose outputs are logits of classes.
#pragma once

namespace nib {

class Planner;

// A stage that ends the way forward: StepState::loss, and the gradient of the network's output. Each thread computes
// the loss for itself, which costs less than handing it over.
void plan_cross_entropy(Planner& planner);

} // namespace nib
