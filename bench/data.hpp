// What networks are trained on here.
#pragma once

#include "io/dataset.hpp"

namespace nib::bench {

// Words of random letters; the first has them all, so that the vocabulary is the lecture's, 26 letters and the end.
const Dataset& words();

// Rows of 16 numbers, from which 4 are to be learned.
const Dataset& numbers();

} // namespace nib::bench
