// A uniform double made from two words.
#pragma once

#include "random/mt19937.hpp"

namespace nib {

// A multiple of 2^-53 in [0, 1): 53 bits of two words, the first word supplying the high bits.
inline double uniform_double(Mt19937& words) noexcept
{
    const std::uint64_t high = words();
    const std::uint64_t both = (high << 32) | words();
    return static_cast<double>(both & ((std::uint64_t{1} << 53) - 1)) * 0x1p-53;
}

} // namespace nib
