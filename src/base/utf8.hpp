// Cuts UTF-8 text without cutting a letter in two.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace nib {

// The number of bytes of text to keep if there is room for `most`: as many as fit and end with a whole letter. A letter
// has up to three bytes behind its first one, each 0b10xxxxxx; if more such bytes stand in a row, the text is not UTF-8
// and is cut at `most`.
constexpr std::size_t whole_letters(std::string_view text, std::size_t most) noexcept
{
    if (text.size() <= most) return text.size();
    const auto continues = [&](std::size_t i) { return (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80; };
    std::size_t end = most;
    while (end > 0 && most - end < 3 && continues(end)) --end;
    return continues(end) ? most : end;
}

// Copies as much of text as there is room for, with a NUL behind it.
template <std::size_t size>
void copy_text(std::string_view text, char (&to)[size]) noexcept
{
    const std::size_t length = whole_letters(text, size - 1);
    std::memcpy(to, text.data(), length);
    to[length] = '\0';
}

// A string from a file, for a message: a long one is cut and ends with "...".
inline std::string shortened(std::string_view text, std::size_t most = 40)
{
    const std::size_t length = whole_letters(text, most);
    return std::string(text.substr(0, length)) + (length < text.size() ? "..." : "");
}

} // namespace nib
