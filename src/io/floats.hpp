// Numbers of any of the format's types of floating point, as floats.
#pragma once

#include "io/safetensors.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace nib {

// IEEE 754 binary16.
float from_f16(std::uint16_t bits) noexcept;

bool is_floating(Dtype dtype) noexcept;

// The numbers of a tensor of such a type, as many as values has room for: F16 and BF16 exactly, F64 rounded to the
// nearest float. What is not finite stays so. Throws NIB_ERR_FORMAT after where, a file's "name: ", for a finite number
// that is too large for a float: "hidden.0.linear.weight[3, 5] is 1e+39: expected ...".
void read_floats(const StoredTensor& tensor, const std::string& where, std::span<float> values);

} // namespace nib
