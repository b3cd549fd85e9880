// The random numbers of one item, by counter: they do not depend on what is drawn for other items, or where.
#pragma once

#include "random/philox.h"

#include <cstdint>

namespace nib {

// Number n of item i under a seed is word n % 4 of Philox4x32-10. The key is the seed and the counter is (i, n / 4): 64
// bits of i, 32 of n / 4.
class CounterStream {
public:
    CounterStream() = default;
    CounterStream(std::uint64_t seed, std::uint64_t item) noexcept : seed_(seed), item_(item) {}

    // A multiple of 2^-23 in [0, 1): its product with any float is less than that float.
    float operator()() noexcept
    {
        if (drawn_ % 4 == 0) {
            const std::uint32_t counter[] = {static_cast<std::uint32_t>(item_), static_cast<std::uint32_t>(item_ >> 32),
                                             drawn_ / 4, 0};
            nib_internal_philox4x32(seed_, counter, words_);
        }
        return static_cast<float>(words_[drawn_++ % 4] >> 9) * 0x1p-23f;
    }

private:
    std::uint64_t seed_ = 0, item_ = 0;
    std::uint32_t drawn_ = 0;
    std::uint32_t words_[4] = {};
};

} // namespace nib
