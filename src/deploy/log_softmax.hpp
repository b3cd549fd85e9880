// The logarithm of a probability, computed from logits.
#pragma once

#include "base/math.hpp"

#include <algorithm>
#include <cstddef>

namespace nib {

// log(softmax(logits)[id]) in double, for n logits that lie stride floats apart. NaN if one of them is NaN or the
// greatest is infinite.
inline double log_softmax(const float* logits, std::ptrdiff_t n, std::ptrdiff_t stride, std::int32_t id) noexcept
{
    float greatest = logits[0];
    for (std::ptrdiff_t i = 1; i < n; ++i) greatest = std::max(greatest, logits[i * stride]);
    const auto less_greatest = [&](std::ptrdiff_t i) {
        return static_cast<double>(logits[i * stride]) - static_cast<double>(greatest);
    };
    double sum = 0; // at least 1, or NaN
    for (std::ptrdiff_t i = 0; i < n; ++i) sum += natural_exp(less_greatest(i));
    return sum >= 1 ? less_greatest(id) - natural_log(sum) : sum;
}

} // namespace nib
