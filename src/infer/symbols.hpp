// Converts text to ids and back, by the symbols' texts in the file.
#pragma once

#include "infer/view.hpp"

namespace nib::infer {

// The bytes of a symbol, 1..4.
inline std::size_t symbol_size(const View& view, std::ptrdiff_t id) noexcept
{
    const unsigned first = view.symbols[4 * id];
    if (view.header->encoding != 0 || first < 0xc0) return 1;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

// The id of the symbol that text begins with; 0 if the vocabulary lacks it. size: bytes left, at least 1.
std::int32_t find_symbol(const View& view, const char* text, std::size_t size) noexcept;

// Calls each(id) for the symbols of a text; false at a symbol that the vocabulary lacks.
template <class Each>
bool each_symbol(const View& view, const char* text, std::size_t size, Each each) noexcept
{
    while (size > 0) {
        const std::int32_t id = find_symbol(view, text, size);
        if (id == 0) return false;
        each(id);
        text += symbol_size(view, id);
        size -= symbol_size(view, id);
    }
    return true;
}

// The bytes of the longest symbol.
std::size_t largest_symbol(const View& view) noexcept;

} // namespace nib::infer
