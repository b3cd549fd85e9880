// The data on which networks are trained here.
#pragma once

#include "io/dataset.hpp"

#include <string>

namespace nib::bench {

// Words of random letters, one a line. The first word has all letters, so that the vocabulary is the lecture's, 26
// letters and the end mark.
std::string random_words();
const Dataset& words();

// Rows of random numbers, with random numbers to learn.
Dataset rows_of_numbers(std::ptrdiff_t rows, std::size_t features, std::ptrdiff_t targets);

// Rows of 16 numbers, with 4 numbers to learn.
const Dataset& numbers();

} // namespace nib::bench
