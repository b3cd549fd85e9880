// The numbers of a dense operation, for the exports.
#pragma once

#include "ops/op.hpp"

#include <cstddef>
#include <cstdint>

namespace nib {

// y[o] = bias(o) + sum over k of x[k] weight(k, o). A view: it is valid as long as the file. Outputs up to the next
// multiple of 16 may be read; behind the last output they are 0.
class Weights {
public:
    explicit Weights(const OpAt& dense) : layer_(infer::dense_of(dense.view, dense.operation)) {}

    float bias(std::size_t output) const noexcept { return layer_.bias[output]; }

    // A weight of 32 bits.
    float weight(std::size_t input, std::size_t output) const noexcept
    {
        return static_cast<const float*>(layer_.weights)[input * static_cast<std::size_t>(layer_.stride) + output];
    }

    // A weight of 16 bits: the upper half of a float.
    std::uint16_t bfloat16(std::size_t input, std::size_t output) const noexcept
    {
        return static_cast<std::uint16_t>(word(input / 2, output) >> input % 2 * 16);
    }

    // A weight of 8 bits. Multiply it by its output's scale.
    std::int8_t integer(std::size_t input, std::size_t output) const noexcept
    {
        return static_cast<std::int8_t>(word(input / 4, output) >> input % 4 * 8 & 0xff);
    }
    float scale(std::size_t output) const noexcept { return layer_.scales[output]; }

private:
    std::uint32_t word(std::size_t row, std::size_t output) const noexcept
    {
        const auto stride = static_cast<std::size_t>(layer_.stride);
        return static_cast<const std::uint32_t*>(layer_.weights)[row * stride + output];
    }

    infer::Dense layer_;
};

} // namespace nib
