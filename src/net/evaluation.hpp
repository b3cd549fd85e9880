// A chunk of examples on its way through a node in evaluation mode.
#pragma once

#include "kernels/table.hpp"

#include <cstddef>
#include <cstdint>

namespace nib {

// The number of examples in a chunk. Rows are (rows, evaluation_chunk): an input of 100 features then fits in the
// nearest cache.
inline constexpr std::ptrdiff_t evaluation_chunk = 64;

struct Evaluation {
    const kernels::Table& kernels;
    std::ptrdiff_t count;         // examples, 1..evaluation_chunk
    const std::int32_t* contexts; // (count, T): the ids of an input of symbols, or null
    const float* constants;       // computed by the node's LayerKind::prepare
    const float* from;            // the node's input; null if the input is symbols
    const float* shortcut;        // the second input of a residual
    float* to;                    // the output of the last node computed; it overlaps neither input
};

} // namespace nib
