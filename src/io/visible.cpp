#include "io/visible.hpp"

#include "base/utf8.hpp"
#include "io/symbol.hpp"

#include <algorithm>
#include <cstdio>

namespace nib {

namespace {

constexpr bool within(std::uint32_t value, std::uint32_t low, std::uint32_t high)
{
    return value >= low && value <= high;
}

// U+2028 and U+2029 end lines. The others are Unicode's bidirectional formatting characters (UAX 9): a name with one of
// them may read as another name.
constexpr bool shows(std::uint32_t value)
{
    const bool control = value < 0x20 || within(value, 0x7F, 0x9F);
    return !control && value != 0x061C && !within(value, 0x200E, 0x200F) && !within(value, 0x2028, 0x202E) &&
           !within(value, 0x2066, 0x2069);
}

// The first character of text in visible form: its own bytes, or an escape in `escape`.
std::string_view shown(std::string_view text, const Symbol& symbol, char (&escape)[12])
{
    if (symbol.fault == nullptr && shows(symbol.value)) return text.substr(0, symbol.size);
    const bool byte = symbol.fault != nullptr || symbol.value < 0x80;
    const unsigned value = byte ? static_cast<unsigned char>(text[0]) : symbol.value;
    const int size = std::snprintf(escape, sizeof escape, byte ? "\\x%02x" : "\\u%04x", value);
    return {escape, static_cast<std::size_t>(size)};
}

} // namespace

std::size_t make_visible(std::string_view text, char* to, std::size_t capacity) noexcept
{
    std::size_t all = 0, written = 0;
    while (!text.empty()) {
        const Symbol symbol = decode_symbol(NIB_ENCODING_UTF8, text);
        char escape[12];
        const std::string_view piece = shown(text, symbol, escape);
        // Once a piece did not fit, no later one is written, since `all` is then greater than `written`.
        if (written == all && all + piece.size() < capacity) {
            std::copy(piece.begin(), piece.end(), to + written);
            written += piece.size();
        }
        all += piece.size();
        text.remove_prefix(symbol.fault != nullptr ? 1 : symbol.size);
    }
    if (capacity > 0) to[written] = '\0';
    return all;
}

std::string visible(std::string_view text)
{
    std::string result(make_visible(text, nullptr, 0) + 1, '\0');
    make_visible(text, result.data(), result.size());
    result.pop_back();
    return result;
}

std::string column_label(std::string_view name, std::ptrdiff_t place)
{
    if (name.empty()) return std::to_string(place + 1);
    return std::string("'").append(visible(shortened(name))).append("'");
}

} // namespace nib
