// The engine's kernels as one table of functions per instruction set. Those of training are another table: a program
// that only runs folded models must not carry them.
//
// No kernel allocates, throws or keeps state; any number of threads may call one with outputs that do not overlap.
#pragma once

#include "kernels/table.hpp"

#include <cstddef>
#include <cstdint>

namespace nib::infer {

// A dense operation of the file, as format.hpp lays it out.
struct Dense {
    std::ptrdiff_t inputs, outputs, stride;
    std::uint32_t weight_bits;
    const float* bias;
    const float* scales;  // 8 bits alone
    const float* offsets; // 8 bits alone: int32
    const void* weights;
    float input_bound; // the largest |x| that an input may have, 0 where that is not known
};

// Inputs whose 16-bit weights are widened at a time, for a batch.
inline constexpr std::ptrdiff_t widened_inputs = 32;

// Products of bytes; quantised.hpp says what they compute.
struct Dots {
    // One context: x, the words of inputs / 4; y (stride). A batch: x (inputs / 4, lanes), y (outputs, lanes).
    void (*one)(const Dense& layer, const float* x, const float* step, float* y);
    void (*batch)(const Dense& layer, std::ptrdiff_t lanes, const float* x, const float* steps, float* y);
};

// The first layer as a table: of each symbol at each place a row of so many words.
struct Rows {
    const float* rows;
    const float* bias;
    const float* scales; // 8 bits alone
    std::ptrdiff_t context_length, vocabulary, stride, words;
    std::uint32_t bits;
};

// y = (x - mean) / sqrt(variance + eps) * gamma + beta of a context's n numbers.
struct Normalise {
    std::ptrdiff_t n;
    const float* gamma;
    const float* beta; // null: the mean is not taken off, and nothing added
    float eps;
};

struct EngineTable {
    const char* isa; // "avx512", "avx2", "sse2", "neon64", "neon", "scalar"

    // One context: y (table.stride) from its ids.
    void (*add_rows)(const Rows& table, const std::int32_t* context, float* y);
    // 16 of a batch's contexts (context_length, lanes): y (table.stride, lanes); rows: scratch of 16 * table.stride.
    void (*add_rows_batch)(const Rows& table, std::ptrdiff_t lanes, const std::int32_t* contexts, float* rows,
                           float* y);

    // y = bias + W x, weights of 32 or 16 bits. One context: x (inputs, filled up with 0 to a multiple of 16), y
    // (stride). A batch, the contexts in the lanes: x (inputs, lanes), y (outputs, lanes), lanes a multiple of 16;
    // scratch: widened_inputs * stride, for 16 bits.
    void (*layer)(const Dense& layer, const float* x, float* y);
    void (*layer_batch)(const Dense& layer, std::ptrdiff_t lanes, const float* x, float* scratch, float* y);

    // 8 bits: the n inputs, of one context filled up with 0 to a multiple of 16, become bytes in their place, and steps
    // (lanes) what a byte is worth; then the products.
    void (*quantise)(std::ptrdiff_t n, std::ptrdiff_t lanes, float bound, float* x, float* steps);
    Dots dots;

    // In place. n is a multiple of 16. y += x; y = activation(y). Of (rows, lanes), or of one context's rows, which
    // have room for a whole number of blocks: x = scale x + shift by row, and the normalisation over the rows.
    void (*add)(std::ptrdiff_t n, const float* x, float* y);
    void (*activate)(nib_activation activation, std::ptrdiff_t n, float* y);
    void (*scale_shift)(std::ptrdiff_t rows, std::ptrdiff_t lanes, const float* scale, const float* shift, float* x);
    void (*normalise)(const Normalise& norm, std::ptrdiff_t lanes, float* x);

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
