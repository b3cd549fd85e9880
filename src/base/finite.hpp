// Whether an array has numbers that are not finite, and which is the first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

namespace nib {

inline bool all_finite(std::span<const float> values) noexcept
{
    // The sum of numbers times 0 is 0 unless one of them is not finite: then it is NaN. No branch, 16 numbers at a
    // time.
    float sums[16] = {};
    std::size_t i = 0;
    for (; i + 16 <= values.size(); i += 16) {
        for (std::size_t lane = 0; lane < 16; ++lane) sums[lane] += values[i + lane] * 0.0f;
    }
    for (std::size_t lane = 0; i < values.size(); ++i, ++lane) sums[lane] += values[i] * 0.0f;
    return std::all_of(sums, sums + 16, [](float sum) { return sum == 0.0f; });
}

} // namespace nib
