// Columns of words that were hardly meant as such.
#pragma once

#include "io/table.hpp"

#include <string>

namespace nib {

// Sentences, a line each, on columns of words that look like numbers with a decimal comma, and on columns with a
// different word in more than half of the training rows, like a name or an identifier; "": there are none. The first
// three are named, the others counted.
std::string describe_word_columns(const DataTable& table);

} // namespace nib
