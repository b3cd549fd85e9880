// Dropout (Srivastava et al. 2014). One Philox counter draws for four rows of an example, so that batches of any size
// use all the words. Two threads whose rows share such a group of four both draw its words.
#pragma once

#include "kernels/activation.hpp"
#include "kernels/philox.hpp"

namespace nib::kernels {

// The low 32 bits.
NIB_INLINE std::int32_t low_word(std::uint64_t x) { return static_cast<std::int32_t>(x & 0xffffffffu); }

// Rows whose words are numbers first to last - 1 of one group's four; `row` is the row of word 0.
struct DropoutRows {
    std::ptrdiff_t row;
    int first, last;
};

// Applies dropout to `count` blocks of examples from `example` on.
template <class A, int count>
NIB_INLINE void drop_blocks(const Dropout& t, const PhiloxKeys& keys, const DropoutRows& rows, std::ptrdiff_t example)
{
    const IntBlock<A> group = broadcast_int<A>(low_word(static_cast<std::uint64_t>((t.first_row + rows.row) / 4)));
    const IntBlock<A> step_low = broadcast_int<A>(low_word(t.step));
    const IntBlock<A> step_high = broadcast_int<A>(low_word(t.step >> 32));
    PhiloxBlock<A> drawn[count];
#pragma GCC unroll 4
    for (int j = 0; j < count; ++j) {
        const IntBlock<A> examples =
            count_from<A>(low_word(static_cast<std::uint64_t>(t.first_example + example + j * block_lanes<A>)));
        drawn[j] = {{examples, group, step_low, step_high}};
    }
    philox<A>(keys, drawn);
    const IntBlock<A> threshold = broadcast_int<A>(low_word(t.threshold));
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
        if (r < rows.first || r >= rows.last) continue;
#pragma GCC unroll 4
        for (int j = 0; j < count; ++j) {
            const auto dropped = less_unsigned(drawn[j].words[r], threshold);
            std::ptrdiff_t at = (rows.row + r) * t.rows_at_once * t.stride + example + j * block_lanes<A>;
            for (std::ptrdiff_t i = 0; i < t.rows_at_once; ++i, at += t.stride) {
                const FloatBlock<A> kept = sum_of_parts<A>(t.x + at, t.parts, t.part_stride) * broadcast<A>(t.scale);
                store<A>(t.y + at, select(dropped, zero<A>(), kept));
            }
        }
    }
}

// Each round of Philox waits some ten cycles for the one before it; two registers at a time fill half of that wait.
template <class A>
inline constexpr int dropout_blocks = parts<A> == 1 ? 2 : 1;

template <class A>
NIB_INLINE void drop_rows(const Dropout& t, const PhiloxKeys& keys, const DropoutRows& rows)
{
    constexpr int blocks = dropout_blocks<A>;
    std::ptrdiff_t i = 0;
    for (; i + (blocks - 1) * block_lanes<A> < t.examples; i += blocks * block_lanes<A>) {
        drop_blocks<A, blocks>(t, keys, rows, i);
    }
    if (i < t.examples) drop_blocks<A, 1>(t, keys, rows, i);
}

template <class A>
void dropout(const Dropout& given)
{
    const Dropout t = given;
    const PhiloxKeys keys = philox_keys(t.seed, t.layer);
    for (std::ptrdiff_t row = -(t.first_row % 4); row < t.rows; row += 4) {
        const std::ptrdiff_t left = t.rows - row;
        drop_rows<Narrow<A>>(t, keys,
                             {row, row < 0 ? static_cast<int>(-row) : 0, left < 4 ? static_cast<int>(left) : 4});
    }
}

} // namespace nib::kernels
