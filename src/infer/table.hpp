// The engine's kernels as one table of functions per instruction set. Those of training are another table: a program
// that only runs folded models must not carry them.
//
// No kernel allocates, throws or keeps state; any number of threads may call one with outputs that do not overlap.
#pragma once

#include "kernels/table.hpp"

#include <cstddef>
#include <cstdint>

namespace nib::infer {

using kernels::Activation;

// A Linear of the file, as format.hpp lays it out.
struct Layer {
    std::ptrdiff_t inputs, outputs, stride;
    const float* bias;
    const float* scales; // 8 bits alone
    const void* weights;
    Activation activation;
};

// The first layer as a table.
struct Lookup {
    const float* table;
    std::ptrdiff_t context_length, vocabulary, stride;
    Activation activation;
};

struct Table {
    const char* isa; // "avx512", "avx2", "sse2", "neon64", "scalar"

    // One context: y (lookup.stride) from its ids.
    void (*lookup)(const Lookup& lookup, const std::int32_t* context, float* y);
    // 16 of a batch's contexts (context_length, lanes): y (lookup.stride, lanes); rows: scratch of 16 * lookup.stride.
    void (*lookup_batch)(const Lookup& lookup, std::ptrdiff_t lanes, const std::int32_t* contexts, float* rows,
                         float* y);

    // y = activation(bias + W x), float weights. One context: x (inputs), y (stride). A batch, the contexts in the
    // lanes: x (inputs, lanes), y (outputs, lanes), lanes a multiple of 32.
    void (*layer)(const Layer& layer, const float* x, float* y);
    void (*layer_batch)(const Layer& layer, std::ptrdiff_t lanes, const float* x, float* y);

    // x[i] = exp((x[i] - greatest) * factor) for i < n, n >= 1; x has room for a whole number of blocks of 16.
    // Returns greatest.
    float (*exponentials)(std::ptrdiff_t n, float factor, float* x);

    // Logarithm of one positive number.
    float (*log)(float x);
};

// The best table that the processor has. Any thread.
const Table* best_table() noexcept;

// The table of an instruction set by name, or null where the processor or the build does not have it. Any thread.
const Table* table_of(const char* isa) noexcept;

} // namespace nib::infer
