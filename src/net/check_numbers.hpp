// Checks of the numbers of a model, which come from a file or from a program.
#pragma once

#include "net/layout.hpp"
#include "nib/status.h"

#include <span>
#include <string>

namespace nib {

// The finite numbers that are valid. above_zero is for a divisor to which nothing is added.
enum class NumberRange { any, not_negative, above_zero };

// Throws status for the first number that is not finite or not in range: "hidden.0.linear.weight[3, 5] is nan: expected
// a finite number". The message begins with `where`, which is "" or a file's "name: ".
void check_numbers(nib_status status, const std::string& where, const std::string& name, std::span<const float> values,
                   NumberRange range = NumberRange::any);

// Checks the tensor's dense numbers. name: the tensor's name, or that of an array of the same shape.
void check_numbers(nib_status status, const std::string& where, const std::string& name, const Tensor& tensor,
                   std::span<const float> values, NumberRange range = NumberRange::any);

} // namespace nib
