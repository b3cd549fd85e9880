// Examples: contexts and the symbols that follow them, or rows of numbers and their targets.
#pragma once

#include <cstdint>
#include <vector>

namespace nib::test {

struct Examples {
    std::vector<std::int32_t> contexts; // (count, context_length)
    std::vector<std::int32_t> targets;  // (count); for a table its classes

    std::vector<std::vector<double>> rows;    // by example
    std::vector<std::vector<double>> numbers; // to learn, by example, in the data's unit
    std::vector<double> weights;              // (count), class weights included; empty: each is 1
};

} // namespace nib::test
