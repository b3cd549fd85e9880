// Reads decimal numbers in a text as the nearest floats, whatever the locale.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nib {

// A number at the start of a text. The value of a whole number of at most 2^53 is exact. Other values are a double
// whose nearest float is the float nearest to the decimal; rounding to the nearest double first may miss that float.
// Infinite: the number is too large for a float.
struct Decimal {
    double value;
    const char* end; // behind the number; the text's start: there is none
};

// For read_decimal: reads the numbers from first to end that its fast paths cannot.
double round_decimal(const char* first, const char* end) noexcept;

// Reads [+-] digits [. digits] [e [+-] digits], with a digit before or behind the point. The byte behind the text must
// not be part of a number.
inline Decimal read_decimal(const char* text) noexcept
{
    const auto is_digit = [](char c) { return static_cast<unsigned char>(c - '0') < 10; };
    const char* at = text;
    const bool negative = *at == '-';
    if (negative || *at == '+') ++at;
    const char* const first = at;
    std::uint64_t digits = 0; // their value; wraps around beyond 19 digits
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
            constexpr std::ptrdiff_t most = 1000000; // with more digits no fast path applies anyway
            std::ptrdiff_t value = 0;
            for (; is_digit(*power); ++power) value = value < most ? 10 * value + (*power - '0') : value;
            exponent += below_one ? -value : value;
            at = power;
        }
    }
    // Both are exact doubles, so that their product or quotient is the nearest double. Its nearest float is that of the
    // decimal, unless it lies halfway between two floats or where floats are fewer.
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

// Whether it is a whole number of at most 2^53 that a float would round.
inline bool needs_double(double number) noexcept
{
    const double size = std::fabs(number);
    return size > 0x1p24 && size <= 0x1p53 && static_cast<double>(static_cast<float>(number)) != number &&
           number == std::trunc(number);
}

// The number as a table keeps it: such whole numbers stay exact, others become floats.
inline double kept_number(double number) noexcept
{
    return needs_double(number) ? number : static_cast<double>(static_cast<float>(number));
}

enum class CellKind : std::uint8_t { missing, number, infinite, word };

// The kind of a cell without outer blanks, and its number. The byte behind the text must not be part of a number. Words
// for infinity are "inf" and "infinity", with or without a sign; those for a missing cell are "na", "nan" and "", all
// in any case of letters.
CellKind classify_cell(std::string_view text, double& number) noexcept;

} // namespace nib
