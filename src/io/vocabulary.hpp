// The symbols that a model knows, and their numbers.
#pragma once

#include "io/symbol.hpp"
#include "nib/nib.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace nib {

// Symbols numbered from 1 in ascending order; 0 is the end mark. A plain value: copying it copies everything. Any
// number of threads may read it.
class Vocabulary {
public:
    static constexpr std::size_t max_symbols = 4095; // ids fit 12 bits, the end mark included

    // Throws NIB_ERR_FORMAT unless symbols are 1 to 4095 valid ones in ascending order, since they may come from a
    // file.
    Vocabulary(nib_encoding encoding, std::vector<std::uint32_t> symbols);

    nib_encoding encoding() const noexcept { return encoding_; }

    // The number of symbols including the end mark, 2..4096: ids are 0..size() - 1.
    std::int32_t size() const noexcept { return static_cast<std::int32_t>(symbols_.size()) + 1; }

    // The symbol of id i + 1 at index i. A file has to store these and the encoding.
    std::span<const std::uint32_t> symbols() const noexcept { return symbols_; }

    // Returns 0 for an unknown symbol.
    std::int32_t id(std::uint32_t symbol) const noexcept;

    // The symbol of an id, as UTF-8 or as its byte, followed by a NUL; "." for 0. The id must be in range. The text
    // lives as long as the vocabulary and moves with it.
    std::string_view text(std::int32_t id) const noexcept;

    // Writes the ids of text's symbols, as many as ids has room for; returns their total number. Throws
    // NIB_ERR_MISMATCH naming the first symbol that is unknown, or the byte that is not UTF-8.
    std::size_t encode(std::string_view text, std::span<std::int32_t> ids) const;

    friend bool operator==(const Vocabulary& a, const Vocabulary& b) noexcept
    {
        return a.encoding_ == b.encoding_ && a.symbols_ == b.symbols_;
    }

private:
    struct SymbolText {
        std::array<char, 5> bytes;
        unsigned char size;
    };

    nib_encoding encoding_;
    std::vector<std::uint32_t> symbols_;
    std::vector<SymbolText> shown_; // by id
};

} // namespace nib
