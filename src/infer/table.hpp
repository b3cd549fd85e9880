// The engine's kernels as one table of functions per instruction set. The kernels of training have a separate table: a
// program that only runs folded models must not carry them.
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
    const float* scales;  // for 8 bits only
    const float* offsets; // for 8 bits only: int32
    const void* weights;
    float input_bound; // the largest |x| that an input may have, 0 if unknown
};

// The number of inputs whose 16-bit weights are widened at a time, for a batch.
inline constexpr std::ptrdiff_t widened_inputs = 32;

// Products of bytes; quantised.hpp defines them.
struct Dots {
    // One context: x, the words of inputs / 4; y (stride). A batch: x (inputs / 4, lanes), y (outputs, lanes).
    void (*one)(const Dense& layer, const float* x, const float* step, float* y);
    void (*batch)(const Dense& layer, std::ptrdiff_t lanes, const float* x, const float* steps, float* y);
};

// The first layer as a table: a row of words for each symbol at each place.
struct Rows {
    const float* rows;
    const float* bias;
    const float* scales; // for 8 bits only
    std::ptrdiff_t context_length, vocabulary, stride, words;
    std::uint32_t bits;
};

// y = (x - mean) / sqrt(variance + eps) * gamma + beta for a context's n numbers.
struct Normalise {
    std::ptrdiff_t n;
    const float* gamma;
    const float* beta; // null: the mean is not subtracted, and nothing is added
    float eps;
};

struct EngineTable {
    const char* isa; // "avx512", "avx2", "sse2", "neon64", "neon", "scalar"

    // One context: y (table.stride) from its ids.
    void (*add_rows)(const Rows& table, const std::int32_t* context, float* y);
    // 16 contexts of a batch (context_length, lanes): y (table.stride, lanes); rows: scratch of 16 * table.stride.
    void (*add_rows_batch)(const Rows& table, std::ptrdiff_t lanes, const std::int32_t* contexts, float* rows,
                           float* y);

    // y = bias + W x with weights of 32 or 16 bits. One context: x (inputs, filled up with 0 to a multiple of 16), y
    // (stride). A batch, the contexts in the lanes: x (inputs, lanes), y (outputs, lanes), lanes a multiple of 16;
    // scratch: widened_inputs * stride, for 16 bits.
    void (*layer)(const Dense& layer, const float* x, float* y);
    void (*layer_batch)(const Dense& layer, std::ptrdiff_t lanes, const float* x, float* scratch, float* y);

    // For 8 bits: replaces the n inputs by bytes; those of one context are filled up with 0 to a multiple of 16. steps
    // (lanes) receives the value of one step. The products follow.
    void (*quantise)(std::ptrdiff_t n, std::ptrdiff_t lanes, float bound, float* x, float* steps);
    Dots dots;

    // In place, n a multiple of 16: y += x; y = activation(y). In place for (rows, lanes), or for one context's rows
    // with room for a whole number of blocks: x = scale x + shift by row, and the normalisation over the rows.
    void (*add)(std::ptrdiff_t n, const float* x, float* y);
    void (*activate)(nib_activation activation, std::ptrdiff_t n, float* y);
    void (*scale_shift)(std::ptrdiff_t rows, std::ptrdiff_t lanes, const float* scale, const float* shift, float* x);
    void (*normalise)(const Normalise& norm, std::ptrdiff_t lanes, float* x);

    // x[i] = exp((x[i] - greatest) * factor) for i < n, n >= 1; x has room for a whole number of blocks of 16.
    // Returns greatest.
    float (*exponentials)(std::ptrdiff_t n, float factor, float* x);

    // Draws a symbol in each lane: the first symbol up to which the sum of exp((logit - greatest) * factor), in the
    // order of the symbols, is greater than number times the whole sum. logits (n, lanes), lanes 1 or a multiple of 16,
    // are overwritten; with one lane they have room for a whole number of blocks of 16. numbers are in [0, 1).
    void (*draw)(std::ptrdiff_t n, std::ptrdiff_t lanes, float factor, const float* numbers, float* logits,
                 std::int32_t* ids);
};

// The best table that the processor supports. Callable from any thread.
const EngineTable* best_table() noexcept;

// The table's own products, or faster ones if the processor has an instruction for them beside that instruction set.
// Callable from any thread.
const Dots* best_dots(const EngineTable& table) noexcept;

// The table of an instruction set by name, or null if the processor or the build does not have it. Callable from any
// thread.
const EngineTable* table_of(const char* isa) noexcept;

} // namespace nib::infer
