// The engine's kernels as one table of functions per instruction set. The kernels of training have a separate table: a
// program that only runs folded models must not carry them.
//
// No kernel allocates, throws or keeps state; any number of threads may call one with outputs that do not overlap.
#pragma once

#include "kernels/table.hpp"
#include "kernels/window.hpp"

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

// If all numbers are this small, they become 0 when they are rounded to bytes: 127 / bound must be finite.
inline constexpr float too_small = 1e-30f;

// The number of inputs whose 16-bit weights are widened at a time, for a batch.
inline constexpr std::ptrdiff_t widened_inputs = 32;

// A convolution of one example's plane, as format.hpp lays it out. Numbers of the input are floats, or bytes for 8-bit
// weights; steps between them are counted in numbers.
struct PlaneConvolution {
    std::ptrdiff_t number_bytes;
    std::ptrdiff_t kernel_y, runs, run; // rows of a window, runs in a row, numbers in a run
    std::ptrdiff_t row_step, run_step;  // from a row of the window to the next, from a run to the next
    std::ptrdiff_t pixel_step, pitch;   // from an output pixel's window to the next; from an input row to the next
    std::ptrdiff_t height, above;       // rows of the input, and rows of the first window that lie above it
    std::ptrdiff_t stride_y, dilation_y;
    std::ptrdiff_t out_height, out_width, out_channels;
    std::ptrdiff_t groups, group_inputs, group_outputs;
    std::ptrdiff_t panel; // words of the weights of 16 outputs
    std::uint32_t weight_bits;
    bool rows_outside; // the loop over output rows is outside of that over blocks of channels
    const float* weights;
    const float* bias;
    const float* scales;  // for 8 bits only
    const float* offsets; // for 8 bits only: int32
    float step;           // for 8 bits only: the value of one step of the input
    const float* term;    // as y, added to it; null: nothing is added
    bool rectifies;       // whether a relu is applied at the end
};

// The windows of a depthwise convolution or a pool.
struct Windows {
    std::ptrdiff_t channels;
    kernels::WindowAxis y, x;
};

// A depthwise convolution of one example's plane.
struct Depthwise {
    Windows windows;
    const float* weights; // (taps, stride)
    std::ptrdiff_t stride;
    const float* bias;
    const float* scales; // for 8 bits only, where inputs and weights are whole numbers; else null
    float step;          // for 8 bits only: the value of one step of the input
    const float* term;   // as y, added to it; null: nothing is added
    bool rectifies;      // whether a relu is applied at the end
};

// The same convolution with 32-bit weights for a batch, its examples in the lanes. The planes have no borders; there is
// one group, and the taps of a row are neighbours.
struct BatchConvolution {
    Windows windows;
    std::ptrdiff_t outputs;
    std::ptrdiff_t panel; // words of the weights of 16 outputs
    const float* weights;
    const float* bias;
    std::ptrdiff_t lanes; // a multiple of 16
    bool rectifies;       // whether a relu is applied at the end
};

// Products of bytes; quantised.hpp and convolve_bytes.hpp define them.
struct Dots {
    // One context: x, the words of inputs / 4; y (stride). A batch: x (inputs / 4, lanes), y (outputs, lanes).
    void (*one)(const Dense& layer, const float* x, const float* step, float* y);
    void (*batch)(const Dense& layer, std::ptrdiff_t lanes, const float* x, const float* steps, float* y);

    // As EngineTable::convolve, for 8-bit weights. x: bytes, 128 more than the integers; up to 3 bytes behind the plane
    // are read.
    void (*convolve)(const PlaneConvolution& layer, const unsigned char* x, float* y);
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

    // One example's planes, numbers in the order (y, x, channel). y (out_height, out_width, out_channels) = bias + the
    // sums of the windows, each one chain of fma from 0 in the order (row of the window, tap in the row, channel) of
    // weights of 32 or 16 bits. x: the tap at the left of output (0, 0)'s window, in the input's first row.
    void (*convolve)(const PlaneConvolution& layer, const float* x, float* y);
    // The same for each example of a batch, from x (y, x, channel, lanes) to y alike.
    void (*convolve_batch)(const BatchConvolution& layer, const float* x, float* y);
    // Up to 16 numbers behind a plane x are read, here and below, with no effect on y.
    void (*depthwise)(const Depthwise& layer, const float* x, float* y);
    // The largest number of each window, or the sum of its numbers in the plane over the number of its taps.
    void (*pool)(const Windows& windows, bool largest, const float* x, float* y);
    // to (taps, stride) = words (taps / (32 / bits), stride) of weights of 16 or 8 bits, the latter as whole numbers.
    void (*widen)(std::ptrdiff_t taps, std::ptrdiff_t stride, std::uint32_t bits, const void* words, float* to);
    // x = scale x + shift by channel, in place, for a plane of some pixels.
    void (*scale_channels)(std::ptrdiff_t pixels, std::ptrdiff_t channels, const float* scale, const float* shift,
                           float* x);
    // For 8 bits. The largest |x| of n numbers, which have room for a whole number of blocks of 16. Then some rows of n
    // of them become bytes, pitch bytes apart, rounded after a multiplication by the factor, plus 128; or n numbers
    // become whole numbers.
    float (*largest)(std::ptrdiff_t n, const float* x);
    void (*to_bytes)(std::ptrdiff_t rows, std::ptrdiff_t n, std::ptrdiff_t pitch, float factor, const float* x,
                     unsigned char* bytes);
    void (*to_whole)(std::ptrdiff_t n, float factor, const float* x, float* to);

    // to (columns, rows) = from (rows, columns), transposed, whose rows are from_stride and to_stride apart.
    void (*transpose)(std::ptrdiff_t rows, std::ptrdiff_t columns, const float* from, std::ptrdiff_t from_stride,
                      float* to, std::ptrdiff_t to_stride);

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
