// Numbers of a model as they come in, from a file or from a program.
#pragma once

#include "net/layout.hpp"
#include "nib/status.h"

#include <span>
#include <string>

namespace nib {

// Which finite numbers are good. above_zero is for what a neuron is divided by, with nothing added to it.
enum class NumberRange { any, not_negative, above_zero };

// Throws status for the first number that is not finite or not in range, after `where`, which is "" or a file's "name:
// ": "hidden.0.linear.weight[3, 5] is nan: expected a finite number".
void check_numbers(nib_status status, const std::string& where, const std::string& name, std::span<const float> values,
                   NumberRange range = NumberRange::any);

// Checks the tensor's dense numbers. name: the tensor's, or that of an array shaped as it.
void check_numbers(nib_status status, const std::string& where, const std::string& name, const Tensor& tensor,
                   std::span<const float> values, NumberRange range = NumberRange::any);

} // namespace nib
