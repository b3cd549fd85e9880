// The first layer as a table, and the numbers of fewer bits that are widened to floats.
#pragma once

#include "infer/table.hpp"
#include "kernels/transpose.hpp"
#include "simd/block.hpp"

namespace nib::infer {

using namespace simd;

// bfloat16 is the upper half of a float: input k's weight in the lower half of a word, that of input k + 1 in the
// upper.
template <class A>
NIB_INLINE FloatBlock<A> lower_weights(const float* words)
{
    return from_bits(shift_left<16>(bits(load<A>(words))));
}
template <class A>
NIB_INLINE FloatBlock<A> upper_weights(const float* words)
{
    return from_bits(bits(load<A>(words)) & broadcast_int<A>(-0x10000));
}

// Numbers i, 16 + i, ... of a group of words: 16 words hold 16, 32 or 64 numbers. Those of 8 bits come times 2^24, so
// that sums of them are still exact.
template <class A, int bits_of_number>
NIB_INLINE FloatBlock<A> numbers_of(const float* words, int group)
{
    if constexpr (bits_of_number == 32) return load<A>(words);
    if constexpr (bits_of_number == 16) return group == 0 ? lower_weights<A>(words) : upper_weights<A>(words);
    const IntBlock<A> all = bits(load<A>(words));
    const IntBlock<A> top = group == 0   ? shift_left<24>(all)
                            : group == 1 ? shift_left<16>(all)
                            : group == 2 ? shift_left<8>(all)
                                         : all;
    return to_float(top & broadcast_int<A>(INT32_MIN >> 7));
}

// One block of 16 outputs. The ids of the context lie id_stride apart.
template <class A, int bits_of_number>
NIB_INLINE void add_block(const Rows& t, const std::int32_t* context, std::ptrdiff_t id_stride, std::ptrdiff_t at,
                          float* y)
{
    constexpr int groups = 32 / bits_of_number;
    const std::ptrdiff_t place_words = t.vocabulary * t.words;
    const float* words = t.rows + at / groups / 16 * 16;
    const int group = static_cast<int>(at / 16 % groups);
    const FloatBlock<A> bias = load<A>(t.bias + at);
    FloatBlock<A> sum = bits_of_number == 8 ? zero<A>() : bias;
    for (std::ptrdiff_t place = 0; place < t.context_length; ++place, words += place_words)
        sum = sum + numbers_of<A, bits_of_number>(words + context[place * id_stride] * t.words, group);
    if constexpr (bits_of_number == 8) sum = fma(sum, load<A>(t.scales + at) * constant<A>(0x1p-24), bias);
    store<A>(y + at, sum);
}

template <class A>
NIB_INLINE void add_rows(const Rows& t, const std::int32_t* context, std::ptrdiff_t id_stride, float* y)
{
    if (t.bits == 32) {
        for (std::ptrdiff_t at = 0; at < t.stride; at += 16) add_block<A, 32>(t, context, id_stride, at, y);
    } else if (t.bits == 16) {
        for (std::ptrdiff_t at = 0; at < t.stride; at += 16) add_block<A, 16>(t, context, id_stride, at, y);
    } else {
        for (std::ptrdiff_t at = 0; at < t.stride; at += 16) add_block<A, 8>(t, context, id_stride, at, y);
    }
}

template <class A>
void add_rows_of_one(const Rows& t, const std::int32_t* context, float* y)
{
    add_rows<A>(t, context, 1, y);
}

template <class A>
void add_rows_batch(const Rows& t, std::ptrdiff_t lanes, const std::int32_t* contexts, float* rows, float* y)
{
    for (std::ptrdiff_t i = 0; i < 16; ++i) add_rows<A>(t, contexts + i, lanes, rows + i * t.stride);
    for (std::ptrdiff_t o = 0; o < t.stride; o += 16)
        kernels::transpose_16x16<A>(rows + o, t.stride, y + o * lanes, lanes);
}

} // namespace nib::infer
