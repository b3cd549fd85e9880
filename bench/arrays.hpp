// Arrays for benchmarks, filled with numbers that no kernel finds easier or harder than others.
#pragma once

#include "base/heap.hpp"

#include <cstdint>

namespace nib::bench {

// size floats from lowest to highest, the same ones every time.
inline Buffer<float> filled(std::ptrdiff_t size, float lowest = -1, float highest = 1)
{
    Buffer<float> values(static_cast<std::size_t>(size), process_heap());
    std::uint32_t state = 1;
    for (float& value : values) {
        state = state * 1664525u + 1013904223u;
        value = lowest + (highest - lowest) * 0x1p-24f * static_cast<float>(state >> 8);
    }
    return values;
}

} // namespace nib::bench
