// The fault of a number of a folded file, in words.
#pragma once

#include "infer/numbers.hpp"

#include <string>

namespace nib {

// "layer 1: weight[3, 5] is inf: expected a finite number".
std::string describe(const infer::BadNumber& bad);

} // namespace nib
