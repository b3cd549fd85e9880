// The parts of a folded file, and the bytes of each.
#pragma once

#include "nib/nib.hpp"

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace nib::cli {

struct Part {
    std::size_t bytes;
    std::string name; // "symbols", "2 dense 32 -> 64, 8 bits"
};

// The parts of the file's head first, then the operations that have numbers. Their sizes add up to the file's.
std::vector<Part> parts_of(const nib::folded& folded);

// Prints a line for each part, "    2816 2 dense 32 -> 64, 8 bits".
void print_parts(std::FILE* results, const nib::folded& folded);

} // namespace nib::cli
