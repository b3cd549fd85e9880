#include "io/vocabulary.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <utility>

namespace nib {

Vocabulary::Vocabulary(nib_encoding encoding, std::vector<std::uint32_t> symbols)
    : encoding_(encoding), symbols_(std::move(symbols)), shown_(symbols_.size() + 1)
{
    if (symbols_.empty() || symbols_.size() > max_symbols) {
        throw Error(NIB_ERR_FORMAT, "a vocabulary of %zu symbols, expected 1 to %zu", symbols_.size(), max_symbols);
    }
    shown_[0] = {{'.'}, 1};
    for (std::size_t i = 0; i < symbols_.size(); ++i) {
        const std::uint32_t symbol = symbols_[i];
        if (!is_symbol(encoding, symbol)) {
            throw Error(NIB_ERR_FORMAT, "symbol %zu of a vocabulary is %u, which is no %s", i + 1, symbol,
                        encoding == NIB_ENCODING_BYTES ? "byte" : "code point");
        }
        if (i > 0 && symbol <= symbols_[i - 1]) {
            throw Error(NIB_ERR_FORMAT, "symbol %zu of a vocabulary is %u, expected more than %u before it", i + 1,
                        symbol, symbols_[i - 1]);
        }
        SymbolText& shown = shown_[i + 1];
        shown.size = static_cast<unsigned char>(encode_symbol(encoding, symbol, shown.bytes.data()));
    }
}

std::int32_t Vocabulary::id(std::uint32_t symbol) const noexcept
{
    const auto found = std::lower_bound(symbols_.begin(), symbols_.end(), symbol);
    if (found == symbols_.end() || *found != symbol) return 0;
    return static_cast<std::int32_t>(found - symbols_.begin()) + 1;
}

std::string_view Vocabulary::text(std::int32_t id) const noexcept
{
    const SymbolText& shown = shown_[static_cast<std::size_t>(id)];
    return {shown.bytes.data(), shown.size};
}

std::size_t Vocabulary::encode(std::string_view text, std::span<std::int32_t> ids) const
{
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) {
        const Symbol symbol = decode_symbol(encoding_, text.substr(at));
        if (symbol.fault != nullptr) {
            throw Error(NIB_ERR_MISMATCH, "byte %zu of the text is not UTF-8: %s", at + 1, symbol.fault);
        }
        const std::int32_t found = id(symbol.value);
        if (found == 0) {
            throw Error(NIB_ERR_MISMATCH, "the vocabulary lacks %s, symbol %zu of the text",
                        describe_symbol(encoding_, symbol.value).c_str(), count + 1);
        }
        if (count < ids.size()) ids[count] = found;
        at += symbol.size;
    }
    return count;
}

} // namespace nib
