// Decimal numbers of a text, as the nearest floats, whatever the locale.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nib {

// A number at the start of a text. Of a whole number of at most 2^53 the value is that number. Otherwise it is a double
// that the float nearest to the decimal is nearest to; rounding by way of the nearest double may miss that one.
// Infinite: the number is too large for a float.
struct Decimal {
    double value;
    const char* end; // behind it; the text's start: there is none
};

// For read_decimal: the number from first to end, which its short cuts do not read.
double round_decimal(const char* first, const char* end) noexcept;

// [+-] digits [. digits] [e [+-] digits], with a digit before or behind the point. Behind the text stands a byte that
// belongs to no number.
inline Decimal read_decimal(const char* text) noexcept
{
    const auto is_digit = [](char c) { return static_cast<unsigned char>(c - '0') < 10; };
    const char* at = text;
    const bool negative = *at == '-';
    if (negative || *at == '+') ++at;
    const char* const first = at;
    std::uint64_t digits = 0; // as a number; wraps around beyond 19 digits
    for (; is_digit(*at); ++at) digits = 10 * digits + static_cast<unsigned>(*at - '0');
    std::ptrdiff_t count = at - first, exponent = 0;
    if (*at == '.') {
        const char* const point = at++;
        for (; is_digit(*at); ++at) digits = 10 * digits + static_cast<unsigned>(*at - '0');
        exponent = point + 1 - at;
        count -= exponent;
    }
    if (count == 0) return {0, text};
    if (*at == 'e' || *at == 'E') {
        const char* power = at + 1;
        const bool below_one = *power == '-';
        if (below_one || *power == '+') ++power;
        if (is_digit(*power)) {
            constexpr std::ptrdiff_t most = 1000000; // more digits than that are none of the short cuts' anyway
            std::ptrdiff_t value = 0;
            for (; is_digit(*power); ++power) value = value < most ? 10 * value + (*power - '0') : value;
            exponent += below_one ? -value : value;
            at = power;
        }
    }
    // Both are doubles exactly, so that their product or quotient is the nearest double; it is nearest to the same
    // float as the decimal, unless it lies halfway between two floats or where floats are fewer.
    constexpr double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    double size = static_cast<double>(digits);
    bool is_short = count <= 19 && digits <= std::uint64_t{1} << 53 && exponent >= -22 && exponent <= 22;
    if (is_short) {
        size = exponent < 0 ? size / powers[-exponent] : size * powers[exponent];
        const bool is_halfway = (std::bit_cast<std::uint64_t>(size) & 0x1fffffff) == 0x10000000;
        is_short = exponent == 0 || (!is_halfway && (size >= 0x1p-126 || digits == 0));
    }
    if (!is_short) size = round_decimal(first, at);
    return {negative ? -size : size, at};
}

// Whether it is a whole number, of at most 2^53, that a float would round.
inline bool needs_double(double number) noexcept
{
    const double size = std::fabs(number);
    return size > 0x1p24 && size <= 0x1p53 && static_cast<double>(static_cast<float>(number)) != number &&
           number == std::trunc(number);
}

// The number as a table keeps it: those stay, others become floats.
inline double kept_number(double number) noexcept
{
    return needs_double(number) ? number : static_cast<double>(static_cast<float>(number));
}

enum class CellKind : std::uint8_t { missing, number, infinite, word };

// What a cell without outer blanks holds, and the number. Behind the text stands a byte that belongs to no number.
// Words for infinity are "inf" and "infinity", with or without a sign; those for a missing cell "na", "nan" and "", all
// in any case of letters.
CellKind classify_cell(std::string_view text, double& number) noexcept;

} // namespace nib
