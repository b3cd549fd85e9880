// Reads numbers of any floating-point type of the format as floats.
#pragma once

#include "io/safetensors.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace nib {

// IEEE 754 binary16.
float from_f16(std::uint16_t bits) noexcept;

bool is_floating(Dtype dtype) noexcept;

// Reads the numbers of a tensor of such a type, as many as values has room for: F16 and BF16 exactly, F64 rounded to
// the nearest float. Infinities and NaN stay. Throws NIB_ERR_FORMAT for a finite number that is too large for a float:
// "hidden.0.linear.weight[3, 5] is 1e+39: expected ...". The message begins with where, a file's "name: ".
void read_floats(const StoredTensor& tensor, const std::string& where, std::span<float> values);

} // namespace nib
