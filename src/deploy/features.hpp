// The numbers of a table's row, in words.
#pragma once

#include "io/schema.hpp"

#include <string>
#include <vector>

namespace nib {

struct Feature {
    std::string name; // the column's, perhaps with a word: "island_Biscoe"
    std::string told; // the meaning: "island: 1 for Biscoe, otherwise 0"
};

// In the order of the numbers that the network reads.
std::vector<Feature> features_of(const Schema& schema);

} // namespace nib
