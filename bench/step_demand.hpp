// The demand of a training step.
#pragma once

#include "limits.hpp"
#include "net/model.hpp"
#include "nib/nib.h"

namespace nib::bench {

// Multiply-adds are those of the Linear layers' three products (forward, gradient of the input, gradient of the
// weights); all else, and padding, counts as nothing. Bytes: parameters are read on the way forward, and read and
// written on the way back, where AdamW's two moments are read and written too; a Linear's input is written once, read
// on each way, and its gradient is written and read. Meetings: those of the step's plan.
Demand demand_of_step(const Model& model, const nib_train_options& options, int threads);

} // namespace nib::bench
