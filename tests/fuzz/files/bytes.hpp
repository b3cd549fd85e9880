// Mutations of a file without knowledge of its format.
#pragma once

#include "fuzz/random.hpp"

#include <string>

namespace nib::fuzz {

// other: a file to splice with.
void mutate_bytes(Random& random, std::string& bytes, const std::string& other);

} // namespace nib::fuzz
