// What a step of training demands of the machine.
#pragma once

#include "limits.hpp"
#include "net/model.hpp"
#include "nib/nib.h"

namespace nib::bench {

// Multiply-adds: of the Linear layers' three products (forward, gradient of the input, gradient of the weights),
// nothing for the rest and nothing for padding. Bytes: parameters are read forward, and read and written on the way
// back, AdamW's two moments read and written; what a Linear reads is written, read on each way, and its gradient
// written and read. Meetings: those of the step's plan.
Demand demand_of_step(const Model& model, const nib_train_options& options, int threads);

} // namespace nib::bench
