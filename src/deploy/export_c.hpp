// A folded model as one C file.
#pragma once

#include "deploy/folded.hpp"

#include <string>

namespace nib {

// The file is C99 that includes only stdint, stddef and math; its head comment says what it offers and needs. Its
// weights have the folded file's bits, and its arithmetic is the engine's. Its names begin with prefix: a letter, then
// letters, digits and underscores, 48 at most. Atomic, as write_file. Throws NIB_ERR_INVALID_ARGUMENT for another
// prefix, NIB_ERR_IO.
void export_c(const Folded& folded, const std::string& prefix, const std::string& path, Memory* memory);

} // namespace nib
