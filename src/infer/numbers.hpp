// Checks the numbers of an opened file's operations: whether a fold can have produced them.
#pragma once

#include "infer/view.hpp"

namespace nib::infer {

// A number that is not finite, a scale below 0, or an offset that is not -128 times the sum of its integers.
struct BadNumber {
    enum Section : std::uint32_t {
        bias,
        scale,
        offset,
        shift,
        weight,
        embedding,
        table,
        gamma,
        beta,
        mean,
        inverse_std
    } section;
    std::uint32_t operation; // its index in the file
    // Meaning of index: output for bias to shift, gamma to inverse_std; input or tap, output for weight; symbol, number
    // for embedding; place, symbol, output for table.
    std::uint64_t index[3];
    float value; // for an offset, the integer
};

// Finds the first bad number in the order of the file; false if there is none.
bool find_bad_number(const View& view, BadNumber& bad) noexcept;

} // namespace nib::infer
