// Rows of a table as numbers, with the targets of each.
#pragma once

#include "base/buffer.hpp"

#include <cstddef>
#include <cstdint>

namespace nib {

struct TableRows {
    std::ptrdiff_t rows = 0, features = 0;
    Buffer<float> x;              // (rows, features), finite
    Buffer<std::int32_t> classes; // (rows), below the number of classes; empty: none
    Buffer<float> targets;        // (rows, targets), finite; empty: none
    Buffer<float> weights;        // (rows), finite and not negative; empty: each is 1
};

} // namespace nib
