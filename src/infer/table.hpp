// The engine's kernels as one table of functions per instruction set. Those of training are another table: a program
// that only runs folded models must not carry them.
//
// No kernel allocates, throws or keeps state; any number of threads may call one with outputs that do not overlap.
#pragma once

#include "kernels/table.hpp"

#include <cstddef>
#include <cstdint>

namespace nib::infer {

// A Linear of the file, as format.hpp lays it out.
struct Dense {
    std::ptrdiff_t inputs, outputs, stride;
    std::uint32_t weight_bits;
    const float* bias;
    const float* scales;  // 8 bits alone
    const float* offsets; // 8 bits alone: int32
    const void* weights;
    float input_bound; // the largest |x| that an input may have, 0 where that is not known
    nib_activation activation;
};

// Inputs whose 16-bit weights are widened at a time, for a batch.
inline constexpr std::ptrdiff_t widened_inputs = 32;

// Products of bytes, without the activation; quantised.hpp says what they compute.
struct Dots {
    // One context: x, the words of inputs / 4; y (stride). A batch: x (inputs / 4, lanes), y (outputs, lanes).
    void (*one)(const Dense& layer, const float* x, const float* step, float* y);
    void (*batch)(const Dense& layer, std::ptrdiff_t lanes, const float* x, const float* steps, float* y);
};

// The first layer as a table.
struct Lookup {
    const float* table;
    std::ptrdiff_t context_length, vocabulary, stride;
    nib_activation activation;
};

struct EngineTable {
    const char* isa; // "avx512", "avx2", "sse2", "neon64", "neon", "scalar"

    // One context: y (lookup.stride) from its ids.
    void (*lookup)(const Lookup& lookup, const std::int32_t* context, float* y);
    // 16 of a batch's contexts (context_length, lanes): y (lookup.stride, lanes); rows: scratch of 16 * lookup.stride.
    void (*lookup_batch)(const Lookup& lookup, std::ptrdiff_t lanes, const std::int32_t* contexts, float* rows,
                         float* y);

    // y = activation(bias + W x), weights of 32 or 16 bits. One context: x (inputs, filled up with 0 to a multiple of
    // 16), y (stride). A batch, the contexts in the lanes: x (inputs, lanes), y (outputs, lanes), lanes a multiple of
    // 32; scratch: widened_inputs * stride, for 16 bits.
    void (*layer)(const Dense& layer, const float* x, float* y);
    void (*layer_batch)(const Dense& layer, std::ptrdiff_t lanes, const float* x, float* scratch, float* y);

    // 8 bits: the n inputs, of one context filled up with 0 to a multiple of 16, become bytes in their place, and steps
    // (lanes) what a byte is worth; then the products, then the activation of n numbers in place.
    void (*quantise)(std::ptrdiff_t n, std::ptrdiff_t lanes, float bound, float* x, float* steps);
    Dots dots;
    void (*activate)(nib_activation activation, std::ptrdiff_t n, float* y);

    // x[i] = exp((x[i] - greatest) * factor) for i < n, n >= 1; x has room for a whole number of blocks of 16.
    // Returns greatest.
    float (*exponentials)(std::ptrdiff_t n, float factor, float* x);

    // Draws a symbol in each lane: logits (n, lanes), lanes 1 or a multiple of 16, are overwritten; numbers in [0, 1).
    // The first symbol up to which the sum of exp((logit - greatest) * factor), in the order of the symbols, is greater
    // than number times the whole sum; of one lane, with room for a whole number of blocks of 16.
    void (*draw)(std::ptrdiff_t n, std::ptrdiff_t lanes, float factor, const float* numbers, float* logits,
                 std::int32_t* ids);
};

// The best table that the processor has. Any thread.
const EngineTable* best_table() noexcept;

// A table's own, or faster ones of an instruction that this processor has beside that instruction set. Any thread.
const Dots* best_dots(const EngineTable& table) noexcept;

// The table of an instruction set by name, or null where the processor or the build does not have it. Any thread.
const EngineTable* table_of(const char* isa) noexcept;

} // namespace nib::infer
