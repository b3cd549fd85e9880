// The folded model's file (.nib), byte by byte, version 1.
//
// Little-endian. Nothing in it depends on where it lies; every section begins at a multiple of 64 bytes from the start
// and is filled up with zeros. Where a section begins follows from the numbers in the header alone, so that there are
// no offsets to distrust: Sections computes them.
//
//   byte size
//      0    8  89 6e 69 62 0d 0a 1a 0a: "nib" between bytes that text transfers damage
//      8    4  version, 1
//     12    4  CRC-32C (Castagnoli) of bytes 16 to the end
//     16    8  bytes in the file
//     24    4  context length C, 1..256
//     28    4  vocabulary V, the end mark included, 2..4096
//     32    4  embedding size E, 1..4096
//     36    4  inner width H, 1..65536
//     40    4  inner layers L, 0..64
//     44    4  activation of the hidden layers: its nib_activation (nib.h)
//     48    4  encoding: 0 symbols are Unicode code points, 1 bytes
//     52    4  bits of a weight: 32 float, 16 bfloat16, 8 integers with a scale per output
//     56    4  first layer: 0 a table, 1 embedding and weights
//     60    4  contexts in the test vector N, 1..64
//     64    8  certificate: examples that it was measured on, below 2^32, 0 for none
//     72    8    double: mean cross-entropy of the trained model, nats
//     80    8    double: the same of this file
//     88    8    double: largest absolute difference of a logit
//     96    8    double: share of examples whose most likely symbol is the same, 0..1
//    104   24  zero
//
//    128 sections, S being the outputs of a layer rounded up to a multiple of 16, numbers past the outputs 0:
//     symbols        V times 4 bytes: the symbol's text, filled up with 0; that of id 0, the end mark, is 0
//     test contexts  N times C int32: ids
//     test logits    N times V float: what the contexts give
//     first layer, as a table: C times V times S float: what symbol v at place c (oldest first) adds to the first
//                    layer's outputs before the activation; the bias is in place 0's
//     or as an embedding: V times E float, then the first layer as the others
//     each further layer, the one to the logits last:
//       bias         S float
//       scales       8 bits: S float, 0 or above; the weight is scale times integer
//       offsets      8 bits: S int32, -128 times the sum of the output's integers
//       weights      of input k to output o, by input, outputs side by side, S of them:
//                      32 bits: float [k][o]
//                      16 bits: uint32 [k/2][o]: inputs k and k + 1 in the lower and upper half, the second 0 behind
//                               the last
//                       8 bits: uint32 [k/4][o]: int8 of inputs k to k + 3 from the lowest byte up, 0 behind the last
//
// y[o] = activation(bias[o] + sum over k of x[k] weight[k][o]), summed in the order of k by fused multiply-adds. With 8
// bits x is rounded to integers as well, by steps of 1/127 of its largest |x|, or of the bound that the activation
// before has: quantised.hpp. A layer of such weights has at most 65536 inputs, so that no sum of products overflows.
// Every float and double of the file is finite.
#pragma once

#include "activations/list.hpp"

#include <cstddef>
#include <cstdint>

namespace nib::infer {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the engine reads little-endian files in place");

struct Header {
    unsigned char magic[8];
    std::uint32_t version, crc;
    std::uint64_t file_bytes;
    std::uint32_t context_length, vocabulary, embedding_size, inner_width, inner_layers;
    std::uint32_t activation, encoding, weight_bits, first_layer, tests;
    std::uint64_t certificate_examples;
    double loss_before, loss_after, largest_logit_difference, equal_argmax;
    unsigned char zero[24];
};
static_assert(sizeof(Header) == 128);

inline constexpr unsigned char magic[8] = {0x89, 'n', 'i', 'b', 0x0d, 0x0a, 0x1a, 0x0a};
inline constexpr std::uint32_t version = 1;
inline constexpr std::size_t checked_from = 16; // the checksum's first byte
inline constexpr std::uint32_t max_tests = 64;
inline constexpr std::uint32_t max_context_length = 256;
inline constexpr std::uint64_t max_inputs_8_bits = 65536;

// The values that a number of the header may have. The name lies in the table, which a position-independent library
// would have to relocate if it held a pointer.
struct HeaderRange {
    std::uint32_t Header::*field;
    std::uint32_t low, high;
    char name[20];
};
inline constexpr HeaderRange header_ranges[] = {
    {&Header::context_length, 1, max_context_length, "context length"},
    {&Header::vocabulary, 2, 4096, "vocabulary"},
    {&Header::embedding_size, 1, 4096, "embedding size"},
    {&Header::inner_width, 1, 65536, "inner width"},
    {&Header::inner_layers, 0, 64, "inner layers"},
    {&Header::activation, 0, activations::last_activation, "activation"},
    {&Header::encoding, 0, 1, "encoding"},
    {&Header::weight_bits, 8, 32, "bits of a weight"}, // 8, 16 or 32
    {&Header::first_layer, 0, 1, "first layer"},
    {&Header::tests, 1, max_tests, "contexts to test"},
};

enum FirstLayer : std::uint32_t { first_table = 0, first_embedding = 1 };

constexpr std::uint64_t round_up(std::uint64_t n, std::uint64_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

// Where the sections of a header begin. No number overflows: with every field at its largest, a file has fewer than
// 2^44 bytes.
struct Sections {
    std::uint64_t symbols, test_contexts, test_logits, first, layers, end;
};

// A Linear of the file: its inputs and outputs.
struct LayerSize {
    std::uint64_t inputs, outputs;
    std::uint64_t stride() const { return round_up(outputs, 16); }
    std::uint64_t weight_rows(std::uint32_t bits) const
    {
        return bits == 32 ? inputs : bits == 16 ? (inputs + 1) / 2 : (inputs + 3) / 4;
    }
    std::uint64_t bytes(std::uint32_t bits) const
    {
        return stride() * sizeof(float) * ((bits == 8 ? 3 : 1) + weight_rows(bits));
    }
};

// Layer 0 is the first; it is not among the further layers where it is a table.
constexpr LayerSize layer_size(const Header& h, std::uint32_t layer)
{
    return {layer == 0 ? std::uint64_t{h.context_length} * h.embedding_size : h.inner_width,
            layer == h.inner_layers ? h.vocabulary : h.inner_width};
}

// Whether the sums of 8-bit products stay below 2^31. Hidden sizes do not reach beyond it.
constexpr bool sums_fit(const Header& h)
{
    return h.weight_bits != 8 || h.first_layer == first_table || layer_size(h, 0).inputs <= max_inputs_8_bits;
}

constexpr Sections sections(const Header& h)
{
    Sections s{};
    s.symbols = sizeof(Header);
    s.test_contexts = round_up(s.symbols + std::uint64_t{4} * h.vocabulary, 64);
    s.test_logits = round_up(s.test_contexts + std::uint64_t{4} * h.tests * h.context_length, 64);
    s.first = round_up(s.test_logits + std::uint64_t{4} * h.tests * h.vocabulary, 64);
    const std::uint64_t first_row =
        h.first_layer == first_table ? h.context_length * layer_size(h, 0).stride() : h.embedding_size;
    s.layers = round_up(s.first + std::uint64_t{4} * h.vocabulary * first_row, 64);
    s.end = s.layers;
    for (std::uint32_t i = h.first_layer == first_table ? 1 : 0; i <= h.inner_layers; ++i) {
        s.end += layer_size(h, i).bytes(h.weight_bits);
    }
    return s;
}

// Of one context. The additions of a table's rows are not among them.
constexpr std::uint64_t multiply_adds(const Header& h)
{
    std::uint64_t total = 0;
    for (std::uint32_t i = h.first_layer == first_table ? 1 : 0; i <= h.inner_layers; ++i) {
        total += layer_size(h, i).inputs * layer_size(h, i).outputs;
    }
    return total;
}

} // namespace nib::infer
