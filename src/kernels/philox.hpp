// Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") for sixteen counters at a time, one
// counter a lane.
#pragma once

#include "simd/block.hpp"

namespace nib::kernels {

using namespace simd;

inline constexpr int philox_rounds = 10;

// Each round's key.
struct PhiloxKeys {
    std::int32_t low[philox_rounds], high[philox_rounds];
};

NIB_INLINE PhiloxKeys philox_keys(std::uint32_t low, std::uint32_t high)
{
    PhiloxKeys keys;
    for (int round = 0; round < philox_rounds; ++round) {
        keys.low[round] = static_cast<std::int32_t>(low);
        keys.high[round] = static_cast<std::int32_t>(high);
        low += 0x9e3779b9u;
        high += 0xbb67ae85u;
    }
    return keys;
}

// Four words of each lane: the counter, which the random words then replace.
template <class A>
struct PhiloxBlock {
    IntBlock<A> words[4];
};

// Replaces blocks of counters by the random words that they give.
template <class A, int count>
NIB_INLINE void philox(const PhiloxKeys& keys, PhiloxBlock<A> (&blocks)[count])
{
    const IntBlock<A> factor0 = broadcast_int<A>(static_cast<std::int32_t>(0xd2511f53u));
    const IntBlock<A> factor2 = broadcast_int<A>(static_cast<std::int32_t>(0xcd9e8d57u));
#pragma GCC unroll 10
    for (int round = 0; round < philox_rounds; ++round) {
        const IntBlock<A> low = broadcast_int<A>(keys.low[round]), high = broadcast_int<A>(keys.high[round]);
#pragma GCC unroll 4
        for (int j = 0; j < count; ++j) {
            IntBlock<A>(&words)[4] = blocks[j].words;
            const IntBlock<A> a = words[0], c = words[2];
            words[0] = multiply_high(c, factor2) ^ words[1] ^ low;
            words[1] = multiply_low(c, factor2);
            words[2] = multiply_high(a, factor0) ^ words[3] ^ high;
            words[3] = multiply_low(a, factor0);
        }
    }
}

} // namespace nib::kernels
