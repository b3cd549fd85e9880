// The folded model's file (.nib), byte by byte, version 3.
//
// Little-endian. Nothing in it depends on where it lies. It holds no offsets that a reader would have to distrust: the
// place of each section follows from the header's numbers and the operations alone.
//
//   byte size
//      0    8  89 6e 69 62 0d 0a 1a 0a: "nib" between bytes that text transfers damage
//      8    4  version, 3
//     12    4  CRC-32C (Castagnoli) of bytes 16 to the end
//     16    8  bytes in the file
//     24    4  inputs C: for text the context length, 1..256; for a table the numbers of a row, 1..2^24
//     28    4  outputs V: for text the vocabulary, the end mark included, 2..4096; for a table 1..65536
//     32    4  encoding: 0 symbols are Unicode code points, 1 bytes; for a table 0
//     36    4  operations, 1..4096
//     40    4  bits of a weight: 32 float, 16 bfloat16, 8 integers with a scale per output
//     44    4  examples in the test vector N, 1..64
//     48    4  bytes of the network's text, 0..262144
//     52    4  answers: 0 the next symbol of a text, 1 a class of V, 2 one of two classes, V = 1 (the second if the
//              output is above 0), 3 V numbers; all but 0 are for a table
//     56    8  certificate: examples that it was measured on, below 2^32, 0 for none
//     64    8    double: mean loss of the trained model; in nats for text and classes
//     72    8    double: the same for this file
//     80    8    double: largest absolute difference of an output
//     88    8    double: share of examples whose most likely symbol or class is the same, 0..1; 1 for numbers
//     96    4  bytes of the classes' names, 0..2^24, a multiple of 4
//    100    4  bytes of the schema's text, 0..2^24
//    104   12  for a table: the shape of a row, uint32 channels, height and width, whose product is the inputs; a row
//              without one has height and width 1. For text 0.
//    116   12  zero
//
//    128 then, each right behind the one before:
//     operations     112 bytes each: Operation
//     symbols        for text: V times 4 bytes: the symbol's text, filled up with 0; for id 0, the end mark, it is 0
//     names          for classes: for each a uint32, the size of its UTF-8, then the UTF-8, zeros up to a multiple of 4
//     test contexts  for text: N times C int32: ids. A table's rows are not stored: engine.hpp says what they are.
//     test outputs   N times R float: the results of the examples. R = V up to 256 outputs. With more outputs these are
//                    the first 64, and 64 sums: sum i adds the outputs 64 + i, 128 + i, 192 + i, ... Contexts and
//                    outputs together have at most 4096 bytes.
//     schema         for a table: its columns (io/schema_text.hpp), without classes; the engine does not read it
//     text           of the network, for people; the engine does not read it
//
// and then the operations' sections, in their order, each at a multiple of 64. In the sections, S is the number of
// outputs rounded up to a multiple of 16; numbers past the outputs are 0. A table's rows are the input of the first
// operation.
//
// A value has the shape (channels, height, width); without a plane, height and width are 1. A row of a table holds its
// numbers in that order, but all values from the first operation's input on hold them in the order (y, x, channel).
// Windows move over a plane as in PyTorch: taps outside it add nothing.
//
//   table        the first layer with its embeddings multiplied out:
//                y = bias + sum over places p, oldest first, of row[p][symbol at p]
//     bias         S float
//     scales       8 bits: S float, 0 or above; the number is scale times integer
//     rows         [C][V] rows of words; number i of word o of a group of 16 words belongs to output o + 16 i:
//                    32 bits: float, one number a word
//                    16 bits: two bfloat16 in the lower and upper half
//                     8 bits: four integers from -127 to 127, plus 128, from the lowest byte up
//   lookup       the embeddings of the C symbols, side by side, E = outputs / C numbers each
//     scales       8 bits: E float, rounded up to a multiple of 16
//     numbers      [V][E] float, bfloat16 or int8, filled up to a multiple of 64 bytes
//   convolution  y[o] at a pixel = the sum over its window's taps, in the order (row, tap in the row, channel) by fused
//                multiply-adds from 0, + bias[o]. Outputs and inputs are in groups of channels, each by itself. R: the
//                outputs of each group rounded up to a multiple of 16, for all groups. Taps lie in runs: the taps and
//                channels of a row of the window if there is one group and the taps are not dilated along x; otherwise
//                the channels of one tap. With 8 bits as dense; the largest |x| is that of the whole plane.
//     bias         R float
//     scales       8 bits: R float, 0 or above
//     offsets      8 bits: R int32, -128 times the sum of the output's integers
//     weights      for each 16 outputs: by run, and in it as those of dense, 16 outputs side by side
//   depthwise    a convolution of each channel by itself
//     bias         C float, C being the channels rounded up to a multiple of 16
//     scales       8 bits: C float, 0 or above
//     weights      as those of dense, with taps in place of inputs and channels in place of outputs. 8 bits: at most
//                  1024 taps, so that sums of whole numbers are exact in floats.
//   max-pool     the largest number of a channel's window
//   average-pool the sum of a channel's window over the number of its taps, those outside the plane included
//   flatten      the numbers in the order (channel, y, x), as a value without a plane
//   dense        y[o] = bias[o] + sum over k of x[k] weight[k][o], in the order of k by fused multiply-adds. With 8
//                bits x is rounded to integers as well, in steps of 1/127 of its largest |x|, or of the bound of the
//                activation before: quantised.hpp. It then has at most 65536 inputs, so that no sum overflows.
//     bias         S float
//     scales       8 bits: S float, 0 or above; the weight is scale times integer
//     offsets      8 bits: S int32, -128 times the sum of the output's integers
//     weights      of input k to output o, by input, outputs side by side, S of them:
//                    32 bits: float [k][o]
//                    16 bits: uint32 [k/2][o]: inputs k and k + 1 in the lower and upper half, the second 0 behind the
//                             last
//                     8 bits: uint32 [k/4][o]: int8 of inputs k to k + 3 from the lowest byte up, 0 behind the last
//   standardize  y[i] = (x[i] - mean[i]) inverse_std[i]
//     means, inverses  S float each
//   scale-shift  y = scale x + shift, by channel
//     scales, shifts  one float for each channel, rounded up to a multiple of 16
//   normalise    y[i] = (x[i] - m) / sqrt(mean of (x - m)^2 + eps) gamma[i] + beta[i], where m is the mean of x; in an
//                operation that is not centred, m and beta are 0
//     gamma        S float
//     beta         centred: S float
//   activate     y[i] = activation(x[i])
//   keep         puts the numbers on a stack, and leaves them
//   swap         exchanges the numbers and those on top of the stack
//   add          removes the top of the stack, and adds it to the numbers
//
// Every float and double of the file is finite.
#pragma once

#include "activations/list.hpp"

#include <cstddef>
#include <cstdint>

namespace nib::infer {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the engine reads little-endian files in place");

enum class Answers : std::uint32_t { symbols, classes, two_classes, numbers };

struct Shape {
    std::uint32_t channels, height, width;

    constexpr std::uint64_t pixels() const noexcept { return std::uint64_t{height} * width; }
    // For a shape whose members are below 2^25 and whose pixels are too.
    constexpr std::uint64_t numbers() const noexcept { return channels * pixels(); }
    friend constexpr bool operator==(const Shape&, const Shape&) = default;
};

struct Header {
    unsigned char magic[8];
    std::uint32_t version, crc;
    std::uint64_t file_bytes;
    std::uint32_t inputs, outputs, encoding, operations, weight_bits, tests, text_bytes;
    Answers answers;
    std::uint64_t certificate_examples;
    double loss_before, loss_after, largest_logit_difference, equal_argmax;
    std::uint32_t name_bytes, schema_bytes;
    Shape shape; // of a table's row
    unsigned char zeros[12];

    constexpr bool is_of_text() const noexcept { return answers == Answers::symbols; }
    // The size of the vocabulary that operations read; 0 for a table.
    constexpr std::uint32_t symbols() const noexcept { return is_of_text() ? outputs : 0; }
    constexpr std::uint32_t classes() const noexcept
    {
        return answers == Answers::classes ? outputs : answers == Answers::two_classes ? 2 : 0;
    }
};
static_assert(sizeof(Header) == 128);

inline constexpr unsigned char magic[8] = {0x89, 'n', 'i', 'b', 0x0d, 0x0a, 0x1a, 0x0a};
inline constexpr std::uint32_t version = 3;
inline constexpr std::size_t checked_from = 16; // the checksum's first byte
inline constexpr std::uint32_t max_tests = 64;
inline constexpr std::uint32_t max_context_length = 256, max_vocabulary = 4096, max_operations = 4096;
inline constexpr std::uint32_t max_width = 65536; // outputs of a table or a dense operation; channels of a convolution
inline constexpr std::uint32_t max_numbers = 1 << 24;  // of a row, and of a value that is a plane
inline constexpr std::uint64_t max_taps_8_bits = 1024; // of a depthwise convolution
inline constexpr std::uint32_t max_words = 1 << 24;    // bytes of names, and of a schema
inline constexpr std::uint32_t max_embedding_size = 4096;
inline constexpr std::uint64_t max_inputs_8_bits = 65536;
inline constexpr int max_depth = 16; // of the stack

// The values that a number of the header may have, for a model of text and for one of a table. The name is stored
// within the table: a pointer would have to be relocated in a position-independent library.
struct HeaderRange {
    std::uint32_t Header::*field;
    std::uint32_t low, high, table_low, table_high;
    char name[20];

    bool holds(const Header& h) const noexcept
    {
        return h.is_of_text() ? h.*field >= low && h.*field <= high : h.*field >= table_low && h.*field <= table_high;
    }
};
inline constexpr HeaderRange header_ranges[] = {
    {&Header::inputs, 1, max_context_length, 1, max_numbers, "inputs"},
    {&Header::outputs, 2, max_vocabulary, 1, max_width, "outputs"},
    {&Header::encoding, 0, 1, 0, 0, "encoding"},
    {&Header::operations, 1, max_operations, 1, max_operations, "operations"},
    {&Header::weight_bits, 8, 32, 8, 32, "bits of a weight"}, // 8, 16 or 32
    {&Header::tests, 1, max_tests, 1, max_tests, "examples to test"},
    {&Header::text_bytes, 0, 1 << 18, 0, 1 << 18, "bytes of text"},
    {&Header::name_bytes, 0, 0, 0, max_words, "bytes of names"},
    {&Header::schema_bytes, 0, 0, 0, max_words, "bytes of the schema"},
};

enum class OperationKind : std::uint32_t {
    table,
    lookup,
    dense,
    scale_shift,
    normalise,
    activate,
    keep,
    swap,
    add,
    standardize,
    convolution,
    depthwise,
    max_pool,
    average_pool,
    flatten
};
inline constexpr std::uint32_t operation_kinds = 15;

// Whether the shape of a table's row is that of its inputs.
constexpr bool shape_in_range(const Header& h)
{
    if (h.is_of_text()) return h.shape == Shape{};
    for (const std::uint32_t each : {h.shape.channels, h.shape.height, h.shape.width}) {
        if (each < 1 || each > max_numbers) return false;
    }
    return h.shape.pixels() <= max_numbers && h.shape.numbers() == h.inputs;
}

// One axis of the windows of a convolution or a pool; all 0 for other operations.
struct Axis {
    std::uint32_t kernel, stride, padding, dilation;
    friend constexpr bool operator==(const Axis&, const Axis&) = default;
};

// A member that an operation does not need is 0. The members from bound to term, and the shapes, follow from the
// operations before it, but for the channels of a convolution's outputs. They are stored so that the engine need not go
// through those operations for each context, which would take 0.2 us of lecture-deep's 1.6. Opening a file compares
// them with the values that follow (places.hpp), so they need not be trusted.
struct Operation {
    OperationKind kind;
    std::uint32_t inputs, outputs; // numbers; a table and a lookup have C ids as inputs
    std::uint32_t bits = 0;        // of a number of a table or a lookup, or of dense weights
    std::uint32_t activation = 0;  // nib_activation (nib.h)
    std::uint32_t centred = 0;     // normalise: 1 if the mean is subtracted
    float eps = 0.0f;              // normalise: 0 or above

    float bound = 0.0f;        // the largest |x| that an input may have, 0 if unknown
    std::uint64_t section = 0; // offset of its numbers from the first section
    std::int8_t from = -1;     // place of the input; -1: ids
    std::int8_t to = 0;        // place of the output
    std::int8_t copy = -1;     // place that the input is copied to, if it is kept and would be overwritten; -1: none
    std::int8_t term = -1;     // add: place of the term from the stack
    std::uint32_t groups = 0;  // convolution, depthwise

    Shape in = {}, out = {}; // 0 for an input of ids
    Axis y = {}, x = {};
    std::uint64_t zero = 0;
};
static_assert(sizeof(Operation) == 112);

constexpr std::uint64_t round_up(std::uint64_t n, std::uint64_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

// The number of floats that hold the numbers of one context.
constexpr std::uint64_t stride_of(const Operation& o) { return round_up(o.outputs, 16); }

constexpr bool has_windows(OperationKind kind)
{
    return kind == OperationKind::convolution || kind == OperationKind::depthwise || kind == OperationKind::max_pool ||
           kind == OperationKind::average_pool;
}

// Whether an operation is for planes.
constexpr bool is_of_planes(OperationKind kind) { return has_windows(kind) || kind == OperationKind::flatten; }

constexpr std::uint64_t taps_of(const Operation& o) { return std::uint64_t{o.y.kernel} * o.x.kernel; }

// The channels of a group's outputs, rounded up to a multiple of 16.
constexpr std::uint64_t group_stride(const Operation& convolution)
{
    return round_up(convolution.out.channels / convolution.groups, 16);
}

// Whether a depthwise convolution's weights are few enough to become floats in the workspace, and 8-bit ones for exact
// sums.
constexpr bool is_depthwise_in_range(const Operation& o)
{
    const std::uint64_t taps = taps_of(o);
    return taps <= max_numbers && taps * round_up(o.out.channels, 16) <= max_numbers &&
           (o.bits != 8 || taps <= max_taps_8_bits);
}

// The number of floats in a row of a section, which has one for each output, or for each channel.
constexpr std::uint64_t section_row(const Operation& o)
{
    if (o.kind == OperationKind::convolution) return group_stride(o) * o.groups;
    const bool by_channel = o.kind == OperationKind::depthwise || o.kind == OperationKind::scale_shift;
    return by_channel ? round_up(o.out.channels, 16) : stride_of(o);
}

// The words of a table's row.
constexpr std::uint64_t table_words(const Operation& o)
{
    return o.bits == 32 ? stride_of(o) : o.bits == 16 ? round_up(o.outputs, 32) / 2 : round_up(o.outputs, 64) / 4;
}

// The rows of words that weights of some inputs take.
constexpr std::uint64_t word_rows(std::uint64_t inputs, std::uint32_t bits)
{
    return bits == 32 ? inputs : bits == 16 ? (inputs + 1) / 2 : (inputs + 3) / 4;
}

// Whether 8-bit weights have offsets: their inputs are bytes.
constexpr bool has_offsets(const Operation& o) { return o.kind != OperationKind::depthwise; }

// The runs of a convolution's window, and the inputs of each.
struct Runs {
    std::uint64_t in_row; // of the window
    std::uint64_t inputs;
};
constexpr Runs runs_of(const Operation& o)
{
    const std::uint64_t channels = o.in.channels / o.groups;
    const bool joined = o.groups == 1 && (o.x.dilation == 1 || o.x.kernel == 1);
    return joined ? Runs{1, o.x.kernel * channels} : Runs{o.x.kernel, channels};
}

// The rows of words in the weights of a dense operation or a convolution.
constexpr std::uint64_t weight_rows(const Operation& o)
{
    if (o.kind == OperationKind::depthwise) return word_rows(taps_of(o), o.bits);
    if (o.kind != OperationKind::convolution) return word_rows(o.inputs, o.bits);
    const Runs runs = runs_of(o);
    return o.y.kernel * runs.in_row * word_rows(runs.inputs, o.bits);
}

constexpr std::uint64_t embedding_size(const Operation& lookup) { return lookup.outputs / lookup.inputs; }

// The bytes of a section in front of a lookup's numbers.
constexpr std::uint64_t lookup_scales(const Operation& o)
{
    return o.bits == 8 ? sizeof(float) * round_up(embedding_size(o), 16) : 0;
}

// The bytes of a section, a multiple of 64. No number overflows: all are below 2^47.
constexpr std::uint64_t section_bytes(const Operation& o, std::uint64_t vocabulary)
{
    const std::uint64_t row = sizeof(float) * section_row(o);
    switch (o.kind) {
    case OperationKind::table:
        return round_up((o.bits == 8 ? 2 : 1) * row + sizeof(float) * o.inputs * vocabulary * table_words(o), 64);
    case OperationKind::lookup:
        return round_up(lookup_scales(o) + vocabulary * embedding_size(o) * o.bits / 8, 64);
    case OperationKind::dense:
    case OperationKind::convolution:
    case OperationKind::depthwise:
        return row * (1 + (o.bits == 8 ? 1 + has_offsets(o) : 0) + weight_rows(o));
    case OperationKind::scale_shift:
    case OperationKind::standardize:
        return 2 * row;
    case OperationKind::normalise:
        return row * (o.centred != 0 ? 2 : 1);
    default:
        return 0;
    }
}

// The parts of a file in front of the operations' sections.
struct FileParts {
    std::uint64_t symbols, names, test_contexts, test_outputs, schema, text, sections;
};

// How many numbers the test vector stores for each example.
inline constexpr std::uint64_t max_whole_outputs = 256, first_outputs = 64, output_sums = 64;
inline constexpr std::uint64_t max_test_bytes = 4096; // of the test vector
constexpr std::uint64_t test_outputs(const Header& h)
{
    return h.outputs <= max_whole_outputs ? h.outputs : first_outputs + output_sums;
}

constexpr FileParts parts_of(const Header& h)
{
    FileParts p{};
    p.symbols = sizeof(Header) + sizeof(Operation) * std::uint64_t{h.operations};
    p.names = p.symbols + std::uint64_t{4} * h.symbols();
    p.test_contexts = p.names + h.name_bytes;
    p.test_outputs = p.test_contexts + (h.is_of_text() ? std::uint64_t{4} * h.tests * h.inputs : 0);
    p.schema = p.test_outputs + std::uint64_t{4} * h.tests * test_outputs(h);
    p.text = p.schema + h.schema_bytes;
    p.sections = round_up(p.text + h.text_bytes, 64);
    return p;
}

// The operations lie behind the header.
inline const Operation* operations_of(const Header& h) noexcept { return reinterpret_cast<const Operation*>(&h + 1); }

// The size of the file.
inline std::uint64_t end_of(const Header& h) noexcept
{
    std::uint64_t end = parts_of(h).sections;
    for (std::uint32_t i = 0; i < h.operations; ++i) end += section_bytes(operations_of(h)[i], h.symbols());
    return end;
}

// Multiply-adds for one example, without the additions of a table's rows; those of taps outside a plane are included.
inline std::uint64_t multiply_adds(const Header& h) noexcept
{
    std::uint64_t total = 0;
    for (std::uint32_t i = 0; i < h.operations; ++i) {
        const Operation& o = operations_of(h)[i];
        if (o.kind == OperationKind::dense) total += std::uint64_t{o.inputs} * o.outputs;
        if (o.kind == OperationKind::convolution || o.kind == OperationKind::depthwise)
            total += taps_of(o) * (o.in.channels / o.groups) * o.outputs;
        if (o.kind == OperationKind::scale_shift || o.kind == OperationKind::normalise ||
            o.kind == OperationKind::standardize)
            total += o.outputs;
    }
    return total;
}

} // namespace nib::infer
