#include "io/floats.hpp"

#include "base/error.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace nib {

float from_f16(std::uint16_t bits) noexcept
{
    const std::uint32_t sign = (bits & 0x8000u) << 16, exponent = bits >> 10 & 31u, fraction = bits & 0x3ffu;
    if (exponent == 0) { // zero and subnormal numbers: multiples of 2^-24
        const float size = static_cast<float>(fraction) * 0x1p-24f;
        return sign == 0 ? size : -size;
    }
    const std::uint32_t widened = exponent == 31 ? 255 : exponent + (127 - 15);
    return std::bit_cast<float>(sign | widened << 23 | fraction << 13);
}

namespace {

float from_bf16(std::uint16_t bits) noexcept { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

// Calls take(index, number) for each number, whose bytes need no alignment.
template <class Number, class Take>
void for_numbers(const StoredTensor& tensor, std::span<float> values, Take take)
{
    for (std::size_t i = 0; i < values.size(); ++i) {
        Number number;
        std::memcpy(&number, tensor.bytes.data() + i * sizeof number, sizeof number);
        values[i] = take(i, number);
    }
}

} // namespace

bool is_floating(Dtype dtype) noexcept
{
    return dtype == Dtype::f16 || dtype == Dtype::bf16 || dtype == Dtype::f32 || dtype == Dtype::f64;
}

void read_floats(const StoredTensor& tensor, const std::string& where, std::span<float> values)
{
    switch (tensor.dtype) {
    case Dtype::f16:
        return for_numbers<std::uint16_t>(tensor, values,
                                          [](std::size_t, std::uint16_t bits) { return from_f16(bits); });
    case Dtype::bf16:
        return for_numbers<std::uint16_t>(tensor, values,
                                          [](std::size_t, std::uint16_t bits) { return from_bf16(bits); });
    case Dtype::f64:
        return for_numbers<double>(tensor, values, [&](std::size_t i, double number) {
            const auto rounded = static_cast<float>(number);
            if (std::isfinite(rounded) || !std::isfinite(number)) return rounded;
            throw Error(NIB_ERR_FORMAT, "%s%s[%s] is %.9g: expected a number that single precision has, up to %.9g",
                        where.c_str(), tensor.name.c_str(), place_of(i, tensor.shape).c_str(), number,
                        static_cast<double>(std::numeric_limits<float>::max()));
        });
    default:
        if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), values.size_bytes());
    }
}

} // namespace nib
