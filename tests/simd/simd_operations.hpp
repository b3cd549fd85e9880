// The operations of simd.hpp, block.hpp and transpose.hpp as functions on arrays, so that a test compiled for any
// processor can call each instruction set's.
#pragma once

namespace nib::test {

inline constexpr int array_size = 32;

// a, b, c and result hold array_size floats at any alignment; blocks are the first 16 of them. Bits of integers are
// stored in floats. result may hold anything before; numbers that the operation does not write stay.
struct SimdOperation {
    const char* name; // null: end of the list
    void (*run)(const float* a, const float* b, const float* c, float* result);
};

} // namespace nib::test
