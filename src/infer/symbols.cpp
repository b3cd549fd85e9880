#include "infer/symbols.hpp"

namespace nib::infer {

std::int32_t find_symbol(const View& view, const char* text, std::size_t size) noexcept
{
    for (std::ptrdiff_t id = 1; id < view.vocabulary(); ++id) {
        const unsigned char* symbol = view.symbols + 4 * id;
        const std::size_t n = symbol_size(view, id);
        std::size_t same = 0;
        while (same < n && same < size && static_cast<unsigned char>(text[same]) == symbol[same]) ++same;
        if (same == n) return static_cast<std::int32_t>(id);
    }
    return 0;
}

std::size_t largest_symbol(const View& view) noexcept
{
    std::size_t largest = 1;
    for (std::ptrdiff_t id = 1; id < view.vocabulary(); ++id) {
        const std::size_t size = symbol_size(view, id);
        largest = size > largest ? size : largest;
    }
    return largest;
}

} // namespace nib::infer
