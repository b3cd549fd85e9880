// The loss's part of a training step.
#pragma once

namespace nib {

class Planner;

// A stage that ends the way forward: StepState::loss, and the gradient of what the loss is of. Each thread computes the
// loss for itself, which costs less than handing it over.
void plan_loss(Planner& planner);

} // namespace nib
