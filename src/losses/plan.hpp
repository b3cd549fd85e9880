// The loss's part of a training step.
#pragma once

namespace nib {

class Planner;

// Adds a stage that ends the way forward. It computes StepState::loss, and the gradient with respect to the value on
// which the loss is computed. Each thread computes the loss for itself, which costs less than passing it on.
void plan_loss(Planner& planner);

} // namespace nib
