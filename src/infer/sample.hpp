// Draws many items at a time by the counter-based stream.
#pragma once

#include "infer/engine.hpp"

namespace nib::infer {

struct Recipe {
    std::uint64_t seed;
    float factor;      // from temperature_factor
    const char* start; // the vocabulary has all of its symbols
    std::size_t start_bytes, start_symbols;
    std::size_t max_length; // symbols, start_symbols or more
};

// Draws items first to first + count - 1. Item i begins at text + (i - first) * stride and has lengths[i - first]
// bytes. As many items are drawn at a time as the workspace has lanes; when one ends, the next takes its lane.
void sample(const View& view, const Recipe& recipe, std::uint64_t first, std::size_t count, char* text,
            std::size_t stride, std::uint32_t* lengths, const Workspace& workspace) noexcept;

} // namespace nib::infer
