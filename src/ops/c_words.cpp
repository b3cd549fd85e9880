#include "ops/c_words.hpp"

#include "io/visible.hpp"

#include <cstdio>

namespace nib {

std::string in_comment(std::string_view text)
{
    const std::string shown = visible(text);
    std::string safe;
    for (const char each : shown) {
        const char before = safe.empty() ? ' ' : safe.back();
        if ((before == '*' && each == '/') || (before == '/' && each == '*') || (before == '?' && each == '?'))
            safe += ' ';
        safe += each;
    }
    return safe;
}

std::string in_string(std::string_view text)
{
    std::string safe;
    for (const char each : text) {
        if (each == '"' || each == '\\' || each == '?') safe += '\\';
        if (each >= ' ' && each <= '~') {
            safe += each;
            continue;
        }
        char octal[8];
        std::snprintf(octal, sizeof octal, "\\%03o", static_cast<unsigned>(static_cast<unsigned char>(each)));
        safe += octal;
    }
    return safe;
}

std::string with_dollars(std::string text)
{
    for (std::size_t at = 0; (at = text.find('$', at)) != text.npos; at += 2) text.insert(at, 1, '$');
    return text;
}

} // namespace nib
