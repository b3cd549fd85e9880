// Columns from which nothing can be learned.
#pragma once

#include "io/table.hpp"

#include <string>

namespace nib {

// A sentence that names the columns and targets with a single value in the training split; "": there are none, or the
// split has a single row. It reads the rows until no column is left, in an ordinary table two or three of them.
std::string describe_constant_columns(const DataTable& table);

} // namespace nib
