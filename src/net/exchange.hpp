// The messages that ranks exchange in a step. One thread of a rank does this for all of its threads. After a failure none
// is sent any more; the step's numbers are then not to be used.
#pragma once

#include "net/segments.hpp"

#include <cstddef>

namespace nib {

struct StepState;

// Gives every rank the nodes of all others: array (segments of all ranks, width), in which the rank has its own nodes
// at their first segments. If that fails, every number becomes NaN. Uses gather_messages(...) floats of
// StepState::messages.
void gather_nodes(StepState& s, float* array, std::ptrdiff_t width);
std::ptrdiff_t gather_messages(const Segments& segments, std::ptrdiff_t width);

// Replaces the gradients of the rank's nodes by their sum over all ranks, in the arena of the first node. Each rank
// adds up one part of them, for which it gets that part of every node, and gives the sums to all. Returns whether it
// succeeded.
bool sum_gradients(StepState& s);
std::ptrdiff_t gradient_messages(const Segments& segments, std::ptrdiff_t parameters);

} // namespace nib
