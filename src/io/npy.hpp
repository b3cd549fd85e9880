// Arrays as NumPy stores them, alone (.npy) or several in a zip archive (.npz).
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
//
// Supported are floating point of 16, 32 and 64 bits, whole numbers and bool, of either byte order, in versions 1 to 3
// of the format. An array of two dimensions may be in Fortran's order. The first dimension is the rows; the others
// together are the columns. NaN is a missing cell.
#pragma once

#include "io/byte_source.hpp"
#include "io/raw_table.hpp"

#include <span>
#include <string>

namespace nib {

// Reads a file or a pipe. Throws NIB_ERR_IO, and NIB_ERR_DATA naming file and element.
RawTable read_npy(const std::string& path, Memory* memory);

// The same from bytes; messages use name as the file's.
RawTable parse_npy(ByteSource source, const std::string& name, Memory* memory);

// Reads the arrays `x` (rows, ...), `y` (rows) or (rows, targets) and `weights` (rows) of an archive; y and weights may
// be absent. A y of whole numbers or bool holds classes, a y of floating point numbers. Members are stored or deflated;
// the latter needs zlib. Throws NIB_ERR_IO, NIB_ERR_DATA naming file, array and element, and NIB_ERR_UNSUPPORTED if
// libnib was built without zlib.
RawTable read_npz(const std::string& path, Memory* memory);

RawTable parse_npz(std::span<const char> bytes, const std::string& name, Memory* memory);

} // namespace nib
