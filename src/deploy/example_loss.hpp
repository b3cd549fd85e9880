// The loss of one example, computed from the outputs of a folded model.
#pragma once

#include "base/math.hpp"
#include "deploy/log_softmax.hpp"
#include "infer/format.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace nib {

// Minus the logarithm of the probability of a symbol or class, from outputs that lie stride floats apart.
inline double class_loss(const infer::Header& header, const float* z, std::ptrdiff_t stride, std::int32_t id) noexcept
{
    if (header.answers == infer::Answers::two_classes) {
        const double against = id == 1 ? -double{*z} : double{*z}; // log(1 + exp(against)), which does not overflow
        return std::max(against, 0.0) + natural_log(1 + natural_exp(-std::fabs(against)));
    }
    return -log_softmax(z, header.outputs, stride, id);
}

// The mean of the n squared differences. If there are units, each difference is first divided by its target's unit.
inline double squared_loss(const float* z, std::ptrdiff_t n, std::ptrdiff_t stride, const float* targets,
                           const float* units = nullptr) noexcept
{
    double sum = 0;
    for (std::ptrdiff_t i = 0; i < n; ++i) {
        const double unit = units == nullptr ? 1 : double{units[i]};
        const double difference = (double{z[i * stride]} - double{targets[i]}) / unit;
        sum += difference * difference;
    }
    return sum / static_cast<double>(n);
}

} // namespace nib
