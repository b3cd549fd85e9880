// Many items at a time by the counter-based stream.
#pragma once

#include "infer/engine.hpp"

namespace nib::infer {

struct Recipe {
    std::uint64_t seed;
    float factor;      // temperature_factor's
    const char* start; // of which the vocabulary has all symbols
    std::size_t start_bytes, start_symbols;
    std::size_t max_length; // symbols, start_symbols or more
};

// Items first to first + count - 1; item i begins at text + (i - first) * stride, its bytes are lengths[i - first]. As
// many are drawn at a time as the workspace has lanes; where one ends, the next takes its lane.
void sample(const View& view, const Recipe& recipe, std::uint64_t first, std::size_t count, char* text,
            std::size_t stride, std::uint32_t* lengths, const Workspace& workspace) noexcept;

} // namespace nib::infer
