// The end of a step that several ranks share: the gradients are summed up over the ranks, and then update the
// parameters.
#pragma once

namespace nib {

class Planner;

// Adds the stages that make each rank's gradients those of all ranks, once all of the rank's are there. If the ranks do
// not reach each other, the loss becomes NaN and StepState::is_lost is set: nothing is updated.
void plan_exchange(Planner& planner);

// Adds the stage that makes the updates in StepState::left.
void plan_late_updates(Planner& planner);

} // namespace nib
