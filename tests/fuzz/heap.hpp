// The C++ heap, counted: heap.cpp replaces operator new and delete.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nib::fuzz {

struct Heap {
    std::size_t objects = 0, bytes = 0; // of live allocations
    std::size_t peak = 0;               // the most live bytes
    std::size_t refused = 0;            // requests
    std::size_t largest = SIZE_MAX;     // bytes; a larger request is refused, as where there is no memory
};

// Counts all threads together; a program with one thread at a time reads and writes it.
Heap& heap() noexcept;

} // namespace nib::fuzz
