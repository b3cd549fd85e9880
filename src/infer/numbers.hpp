// The numbers of an opened file's operations: whether a fold can have made them.
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
    std::uint32_t operation; // its index
    // bias to shift, gamma to inverse_std: output. weight: input, output. embedding: symbol, number. table: place,
    // symbol, output.
    std::uint64_t index[3];
    float value; // of an offset, the integer
};

// The first one in the order of the file; false where there is none.
bool find_bad_number(const View& view, BadNumber& bad) noexcept;

} // namespace nib::infer
