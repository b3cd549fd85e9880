// A chunk of examples on its way through a node in evaluation mode.
#pragma once

#include "kernels/table.hpp"

#include <cstddef>
#include <cstdint>

namespace nib {

// Rows of numbers are (rows, evaluation_chunk): an input of 100 features then fits the nearest cache.
inline constexpr std::ptrdiff_t evaluation_chunk = 64;

struct Evaluation {
    const kernels::Table& kernels;
    std::ptrdiff_t count;         // examples, 1..evaluation_chunk
    const std::int32_t* contexts; // (count, T): the ids of an input of symbols, or null
    const float* constants;       // LayerKind::prepare's, of the node
    const float* from;            // the node's input; null where that is symbols
    const float* shortcut;        // of a residual
    float* to;                    // the output of the last node that is computed, which overlaps neither
};

} // namespace nib
