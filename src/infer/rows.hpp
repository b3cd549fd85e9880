// The first layer as a table, and narrow numbers that are widened to floats.
#pragma once

#include "infer/table.hpp"
#include "kernels/transpose.hpp"
#include "simd/block.hpp"

namespace nib::infer {

using namespace simd;

// A bfloat16 is the upper half of a float. A word holds input k's weight in its lower half and that of input k + 1 in
// its upper half.
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

// The ids of a context lie id_stride apart. Sums start with the bias and add the places in their order.

template <class A>
NIB_INLINE void add_floats(const Rows& t, const std::int32_t* context, std::ptrdiff_t id_stride, float* y)
{
    for (std::ptrdiff_t at = 0; at < t.stride; at += 16) {
        FloatBlock<A> sum = load<A>(t.bias + at);
        const float* words = t.rows + at;
        for (std::ptrdiff_t place = 0; place < t.context_length; ++place, words += t.vocabulary * t.words)
            sum = sum + load<A>(words + context[place * id_stride] * t.words);
        store<A>(y + at, sum);
    }
}

// 16 words hold 32 numbers.
template <class A>
NIB_INLINE void add_halves(const Rows& t, const std::int32_t* context, std::ptrdiff_t id_stride, float* y)
{
    const float* first = t.rows;
    for (std::ptrdiff_t at = 0; at < t.stride; at += 32, first += 16) {
        const bool two = at + 16 < t.stride;
        FloatBlock<A> lower = load<A>(t.bias + at), upper = load<A>(t.bias + (two ? at + 16 : at));
        const float* words = first;
        for (std::ptrdiff_t place = 0; place < t.context_length; ++place, words += t.vocabulary * t.words) {
            const float* row = words + context[place * id_stride] * t.words;
            lower = lower + lower_weights<A>(row);
            upper = upper + upper_weights<A>(row);
        }
        store<A>(y + at, lower);
        if (two) store<A>(y + at + 16, upper);
    }
}

// 16 words hold 64 numbers. Two bytes of each word are summed at a time: 256 of them stay below 2^16.
template <class A>
NIB_INLINE void add_bytes(const Rows& t, const std::int32_t* context, std::ptrdiff_t id_stride, float* y)
{
    using B = Narrow<A>;
    constexpr int width = block_lanes<B>;
    const FloatBlock<B> excess = broadcast<B>(static_cast<float>(128 * t.context_length));
    const IntBlock<B> mask = broadcast_int<B>(0x00ff00ff), low = broadcast_int<B>(0xffff);
    for (std::ptrdiff_t at = 0; at < t.stride / 64 * 16 + 16; at += width) { // a word's index in the row
        const float* words = t.rows + at;
        const std::ptrdiff_t first = at / 16 * 64 + at % 16; // output of its lowest byte
        if (first >= t.stride) return;
        IntBlock<B> sums[2] = {broadcast_int<B>(0), broadcast_int<B>(0)}; // bytes 0 and 2, 1 and 3
        for (std::ptrdiff_t place = 0; place < t.context_length; ++place, words += t.vocabulary * t.words) {
            const IntBlock<B> all = bits(load<B>(words + context[place * id_stride] * t.words));
            sums[0] = sums[0] + (all & mask);
            sums[1] = sums[1] + (shift_right<8>(all) & mask);
        }
#pragma GCC unroll 4
        for (std::ptrdiff_t byte = 0; byte < 4; ++byte) {
            const std::ptrdiff_t o = first + 16 * byte;
            if (o >= t.stride) break;
            const IntBlock<B> half = byte < 2 ? sums[byte] : shift_right<16>(sums[byte - 2]);
            store<B>(y + o, fma(to_float(half & low) - excess, load<B>(t.scales + o), load<B>(t.bias + o)));
        }
    }
}

template <class A>
NIB_INLINE void add_rows(const Rows& t, const std::int32_t* context, std::ptrdiff_t id_stride, float* y)
{
    if (t.bits == 32) return add_floats<A>(t, context, id_stride, y);
    if (t.bits == 16) return add_halves<A>(t, context, id_stride, y);
    add_bytes<A>(t, context, id_stride, y);
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
