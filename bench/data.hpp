// The data that networks are trained on here.
#pragma once

#include "io/dataset.hpp"

#include <string>

namespace nib::bench {

// Words of random letters, one a line; the first has them all, so that the vocabulary is the lecture's, 26 letters and
// the end.
std::string random_words();
const Dataset& words();

// Rows of 16 numbers, from which 4 are to be learned.
const Dataset& numbers();

} // namespace nib::bench
