// A permutation of 0 .. n-1 by key; nothing of it is stored.
#pragma once

#include "random/philox.h"

#include <bit>
#include <cstdint>

namespace nib {

// Each round is made of invertible steps on numbers of k bits, 2^k >= n: add a key, multiply by an odd number, xor the
// upper half. A number that lands on n or above goes through the rounds again (cycle walking: Black and Rogaway 2002),
// less than once on average. Keys and factors come from Philox4x32-10.
class Permutation {
public:
    Permutation() = default;

    // n: 1..2^32 - 1.
    Permutation(std::uint32_t n, std::uint64_t seed, std::uint64_t which) noexcept : n_(n)
    {
        const int bits = std::bit_width(n - 1u) < 2 ? 2 : std::bit_width(n - 1u);
        mask_ = bits == 32 ? UINT32_MAX : (std::uint32_t{1} << bits) - 1;
        shift_ = (bits + 1) / 2;
        for (std::uint32_t i = 0; i < rounds; i += 2) {
            const std::uint32_t counter[] = {static_cast<std::uint32_t>(which), static_cast<std::uint32_t>(which >> 32),
                                             i, 0x7065726du};
            std::uint32_t words[4];
            nib_internal_philox4x32(seed, counter, words);
            keys_[i] = words[0], factors_[i] = words[1] | 1;
            keys_[i + 1] = words[2], factors_[i + 1] = words[3] | 1;
        }
    }

    // i must be below n.
    std::uint32_t operator()(std::uint32_t i) const noexcept
    {
        do {
            for (std::uint32_t round = 0; round < rounds; ++round) {
                i = ((i + keys_[round]) * factors_[round]) & mask_;
                i ^= i >> shift_;
            }
        } while (i >= n_);
        return i;
    }

private:
    static constexpr std::uint32_t rounds = 6;

    std::uint32_t n_ = 1, mask_ = 3;
    int shift_ = 1;
    std::uint32_t keys_[rounds] = {}, factors_[rounds] = {};
};

} // namespace nib
