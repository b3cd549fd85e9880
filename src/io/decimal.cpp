#include "io/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

namespace nib {

namespace {

// For a number that no double comes near: whether it is too large rather than too small, that is, whether its first
// digit other than 0, with the exponent applied, stands before the point.
bool is_large(const char* first, const char* end) noexcept
{
    const char* const mark = std::find_if(first, end, [](char c) { return c == 'e' || c == 'E'; });
    const char* const point = std::find(first, mark, '.');
    const char* const digit = std::find_if(first, mark, [](char c) { return c >= '1' && c <= '9'; });
    const std::ptrdiff_t place = digit < point ? point - digit : point + 1 - digit;
    if (mark == end) return place > 0;
    const bool negative = mark[1] == '-';
    std::int64_t power = 0;
    const auto [rest, error] = std::from_chars(mark + (mark[1] == '+' ? 2 : 1), end, power);
    return error != std::errc() ? !negative : power + place > 0;
}

bool equals(std::string_view text, std::string_view lower) noexcept
{
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; };
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), same);
}

} // namespace

double round_decimal(const char* first, const char* end) noexcept
{
    double value = 0;
    if (std::from_chars(first, end, value).ec == std::errc::result_out_of_range)
        return is_large(first, end) ? std::numeric_limits<double>::infinity() : 0.0;
    float nearest = 0;
    if (std::from_chars(first, end, nearest).ec == std::errc::result_out_of_range)
        return is_large(first, end) ? std::numeric_limits<double>::infinity() : 0.0;
    return static_cast<float>(value) == nearest ? value : static_cast<double>(nearest);
}

CellKind classify_cell(std::string_view text, double& number) noexcept
{
    if (text.empty() || equals(text, "na") || equals(text, "nan")) return CellKind::missing;
    const Decimal decimal = read_decimal(text.data());
    if (decimal.end == text.data() + text.size()) {
        number = decimal.value;
        return std::isfinite(number) ? CellKind::number : CellKind::infinite;
    }
    if (text.front() == '+' || text.front() == '-') text.remove_prefix(1);
    return equals(text, "inf") || equals(text, "infinity") ? CellKind::infinite : CellKind::word;
}

} // namespace nib
