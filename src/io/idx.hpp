// Arrays in the format of the MNIST database, also compressed by gzip (which needs zlib).
//
//     0  two bytes of 0, a byte for the type (8: unsigned byte, 9: signed byte, 11: int16, 12: int32, 13: float,
//        14: double), a byte for the number of dimensions, 1 to 8
//     4  a dimension each in 4 bytes, big-endian; then the numbers, big-endian
#pragma once

#include "io/byte_source.hpp"
#include "io/raw_table.hpp"

#include <string>

namespace nib {

// The label file beside train-images-idx3-ubyte(.gz): train-labels-idx1-ubyte(.gz). "": the name does not follow that
// pattern.
std::string idx_labels(const std::string& path);

// images holds the rows. labels: the path of the labels, one number a row, where whole numbers are classes; "":
// idx_labels(images) if that file exists, else no targets. Throws NIB_ERR_IO, NIB_ERR_DATA naming file and element, and
// NIB_ERR_UNSUPPORTED if libnib was built without zlib.
RawTable read_idx(const std::string& images, const std::string& labels, Memory* memory);

// The same from bytes; messages use name as the file's. The labels of a table's rows become its last column.
RawTable parse_idx(ByteSource images, const std::string& name, Memory* memory);
void parse_idx_labels(ByteSource labels, const std::string& name, RawTable& table, Memory* memory);

} // namespace nib
