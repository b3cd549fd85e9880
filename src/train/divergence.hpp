// Numbers of a model in training that are not finite: where they are, and why.
#pragma once

#include "nib/nib.h"
#include "nn/model.hpp"

#include <cstdint>
#include <string>

namespace nib {

// The first tensor, or "the running statistics", that holds a number that is not finite; "" if there is none.
std::string not_finite(const Model& model);

// What most probably made the loss of a step not finite, as a half sentence. model is as it was before the step.
std::string likely_cause(const Model& model, const nib_train_options& options, std::int64_t step);

} // namespace nib
