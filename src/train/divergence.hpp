// Finds numbers of a model in training that are not finite, and the likely cause.
#pragma once

#include "net/model.hpp"
#include "nib/nib.h"

#include <cstdint>
#include <string>

namespace nib {

// The first running statistic ("hidden.0.batchnorm.running_var") or tensor that holds a number that is not finite; ""
// if there is none.
std::string not_finite(const Model& model);

// The most probable cause that made the loss of a step, or the numbers after the step before it, not finite. It is a
// clause that names the option: weight decay, the initial weights, the size of the batch or the learning rate. model is
// in its state before the step.
std::string likely_cause(const Model& model, const nib_train_options& options, std::int64_t step);

} // namespace nib
