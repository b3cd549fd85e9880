// Mutations of folded files that know their format.
#pragma once

#include "fuzz/random.hpp"

#include <string>

namespace nib::fuzz {

// One change of a number in the header, with or without the bytes that it asks for, or of a number behind it.
void edit_folded(Random& random, std::string& bytes);

// Makes the checksum right again; vector: what the network computes of its test vector first, where it can be run.
void mend_folded(std::string& bytes, bool vector);

} // namespace nib::fuzz
