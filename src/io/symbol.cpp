#include "io/symbol.hpp"

#include <cstdio>

namespace nib {

Symbol decode_beyond_ascii(std::string_view text) noexcept
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto faulty = [](const char* fault) { return Symbol{0, 0, fault}; };
    const std::uint32_t first = byte(0);
    if (first < 0xC0) return faulty("continuation byte without a first byte");
    if (first > 0xF7) return faulty("byte that no sequence has");

    const std::uint32_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    std::uint32_t value = first & (0x7Fu >> size);
    for (std::uint32_t i = 1; i < size; ++i) {
        if (i >= text.size() || (byte(i) & 0xC0) != 0x80) return faulty("sequence cut short");
        value = (value << 6) | (byte(i) & 0x3Fu);
    }
    constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < smallest[size]) return faulty("overlong sequence");
    if (value >= symbol_limit(NIB_ENCODING_UTF8)) return faulty("code point above U+10FFFF");
    if (!is_symbol(NIB_ENCODING_UTF8, value)) return faulty("surrogate");
    return {value, size, nullptr};
}

std::size_t encode_symbol(nib_encoding encoding, std::uint32_t value, char* bytes) noexcept
{
    if (value < 0x80 || encoding == NIB_ENCODING_BYTES) {
        bytes[0] = static_cast<char>(value);
        return 1;
    }
    const std::size_t size = value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
    for (std::size_t i = size - 1; i > 0; --i) {
        bytes[i] = static_cast<char>(0x80 | (value & 0x3F));
        value >>= 6;
    }
    constexpr std::uint32_t marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    bytes[0] = static_cast<char>(marks[size] | value);
    return size;
}

std::string describe_symbol(nib_encoding encoding, std::uint32_t value)
{
    char number[24];
    std::snprintf(number, sizeof number, encoding == NIB_ENCODING_BYTES ? "byte 0x%02X" : "U+%04X", value);
    const bool control = value < 0x20 || (value >= 0x7F && value < 0xA0);
    if (control || (encoding == NIB_ENCODING_BYTES && value >= 0x80)) return number;
    char bytes[4];
    const std::size_t size = encode_symbol(encoding, value, bytes);
    return std::string(number) + " '" + std::string(bytes, size) + "'";
}

} // namespace nib
