// Describes a bad number of a folded file in words.
#pragma once

#include "infer/numbers.hpp"

#include <string>

namespace nib {

// "operation 1 (dense): weight[3, 5] is inf: expected a finite number", for example.
std::string describe(const infer::View& view, const infer::BadNumber& bad);

} // namespace nib
