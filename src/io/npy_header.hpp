// The start of a .npy: "\x93NUMPY", version, and a Python dictionary of element type, order and shape.
#pragma once

#include "io/array_numbers.hpp"
#include "io/byte_source.hpp"

#include <string>
#include <string_view>

namespace nib {

// Reads it from the source, which then holds the numbers. Throws NIB_ERR_DATA after the name.
ArrayLayout read_npy_header(ByteSource& source, const std::string& name);

// The dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
ArrayLayout parse_npy_dictionary(std::string_view text, const std::string& name);

} // namespace nib
