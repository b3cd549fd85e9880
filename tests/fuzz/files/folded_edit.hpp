// Mutations of folded files that know the format.
#pragma once

#include "fuzz/random.hpp"

#include <string>

namespace nib::fuzz {

// Changes a number of the header, with or without the bytes that it requires, or a number after the header.
void edit_folded(Random& random, std::string& bytes);

// Corrects the checksum. vector: first computes the test vector's outputs anew, if the network can be run.
void mend_folded(std::string& bytes, bool vector);

} // namespace nib::fuzz
