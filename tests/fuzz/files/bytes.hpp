// Mutations of a file that know nothing of what is in it.
#pragma once

#include "fuzz/random.hpp"

#include <string>

namespace nib::fuzz {

// other: a file to splice with.
void mutate_bytes(Random& random, std::string& bytes, const std::string& other);

} // namespace nib::fuzz
