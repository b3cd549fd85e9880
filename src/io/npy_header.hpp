// The start of a .npy: "\x93NUMPY", version, and a Python dictionary of element type, order and shape.
#pragma once

#include "io/array_numbers.hpp"
#include "io/byte_source.hpp"

#include <string>
#include <string_view>

namespace nib {

// Reads the header from the source; the numbers follow there. Throws NIB_ERR_DATA; the message begins with the name.
ArrayLayout read_npy_header(ByteSource& source, const std::string& name);

// Parses the dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
ArrayLayout parse_npy_dictionary(std::string_view text, const std::string& name);

} // namespace nib
