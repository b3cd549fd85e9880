// Divides the rows of a table into training, validation and test splits.
#pragma once

#include "base/buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace nib {

struct SplitShares {
    double val = 0.1, test = 0.1; // each from 0, below 1 together; 0: no such split
};

// Indices of rows, each in one of the three splits, in shuffled order.
struct SplitRows {
    Buffer<std::uint32_t> train, val, test;
};

// The same on every platform. classes: (rows), or empty. Each class is divided separately, by the largest remainder:
// the three sizes of a class differ by less than 1 from its exact shares, except that at least one row is for training.
// Throws NIB_ERR_INVALID_ARGUMENT for shares out of range, NIB_ERR_DATA if a split that has a share gets no row.
SplitRows split_rows(std::ptrdiff_t rows, std::span<const std::int32_t> classes, const SplitShares& shares,
                     std::uint32_t seed, Memory* memory);

} // namespace nib
