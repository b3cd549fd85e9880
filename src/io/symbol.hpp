// The symbols of a text: Unicode code points, or bytes.
#pragma once

#include "nib/nib.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nib {

// One symbol at the start of a text: its code point or byte, and the number of bytes that it took, 1..4. Or fault: a
// phrase that says what is wrong with the bytes there, such as "overlong sequence"; value and size are then 0.
struct Symbol {
    std::uint32_t value;
    std::uint32_t size;
    const char* fault;
};

// One more than the largest symbol.
constexpr std::uint32_t symbol_limit(nib_encoding encoding) noexcept
{
    return encoding == NIB_ENCODING_BYTES ? 256 : 0x110000;
}

constexpr bool is_symbol(nib_encoding encoding, std::uint32_t value) noexcept
{
    const bool surrogate = value >= 0xD800 && value < 0xE000;
    return value < symbol_limit(encoding) && !surrogate;
}

// The first code point of text, which begins with a byte above 0x7F. Refuses what Unicode calls ill-formed (16.0, table
// 3-7): stray continuation bytes, truncated and overlong sequences, surrogates, and values above U+10FFFF.
Symbol decode_beyond_ascii(std::string_view text) noexcept;

// The first symbol of text, which is not empty.
inline Symbol decode_symbol(nib_encoding encoding, std::string_view text) noexcept
{
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80 || encoding == NIB_ENCODING_BYTES) return {first, 1, nullptr};
    return decode_beyond_ascii(text);
}

// Writes a symbol as UTF-8 of 1 to 4 bytes, or as its byte; returns the number of bytes.
std::size_t encode_symbol(nib_encoding encoding, std::uint32_t value, char* bytes) noexcept;

// For messages: "U+00E9 'é'", "byte 0xE9"; a control character is not shown itself.
std::string describe_symbol(nib_encoding encoding, std::uint32_t value);

} // namespace nib
