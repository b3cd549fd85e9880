// The learning rate over the steps.
#pragma once

#include "nib/nib.h"

#include <cstdint>

namespace nib {

// The learning rate of a 0-based step, as nib_schedule says. Computed in double.
double learning_rate(const nib_train_options& options, std::int64_t step) noexcept;

} // namespace nib
