// A data set: a text of one item a line as a stream of symbol ids, from which training examples are gathered.
#pragma once

#include "base/buffer.hpp"
#include "io/vocabulary.hpp"
#include "nib/nib.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace nib {

struct TextOptions {
    nib_encoding encoding = NIB_ENCODING_UTF8;
    std::uint32_t shuffle_seed = 42;
    // NULL: the symbols that occur. Otherwise this vocabulary, with its encoding. Only used while the text is made.
    const Vocabulary* vocabulary = nullptr;
};

// The offset of a text's first line: behind a byte order mark, before UTF-8.
std::size_t first_line(std::string_view bytes, nib_encoding encoding) noexcept;

// The name of another Unicode encoding that the text uses: it begins with that encoding's mark, or is plain Latin
// without a mark, of which every second byte is 0. nullptr: none.
const char* other_encoding(std::string_view bytes) noexcept;

// The line that begins at byte `at` of the text, without its end; `at` must be below the text's size and moves to the
// next line.
std::string_view next_line(std::string_view bytes, std::size_t& at) noexcept;

// Items in shuffled order, divided into training, validation and test split. Lines end with LF or CRLF (a CR at the end
// of the last line is dropped too); empty ones are skipped and counted. A byte order mark before UTF-8 is skipped.
//
// The ids of all items stand in one row, each item followed by the end mark:   0...0 e m m a 0 o l i v i a 0 ... So
// every place of the row is one example: the id there is the target, and the ids before it, back to the nearest 0, are
// the context. Nothing else is stored: two bytes an example. Constant once made: any number of threads may read it.
class Text {
public:
    static constexpr std::int32_t max_context_length = 256;
    static constexpr std::size_t max_item_symbols = 4096;
    static constexpr std::size_t min_items = 10;
    // Examples are numbered, and drawn at random, in 32 bits. Each byte makes at most one, and the last line one more.
    static constexpr std::size_t max_bytes = UINT32_MAX - 1;

    // bytes are copied; messages use name as the file's. While it works, it needs four bytes an item and 2.2 MB in
    // addition to the row. Throws NIB_ERR_DATA or NIB_ERR_MISMATCH as documented at nib_dataset_load, naming file and
    // line.
    Text(std::string_view bytes, const std::string& name, const TextOptions& options, Memory* memory);

    const Vocabulary& vocabulary() const noexcept { return vocabulary_; }
    std::int64_t items() const noexcept { return items_; }
    std::int64_t empty_lines() const noexcept { return empty_lines_; }
    std::int64_t longest_item() const noexcept { return longest_item_; } // symbols

    // The ids of all items in shuffled order, each item followed by a 0: training split, validation split, test split.
    std::span<const std::uint16_t> ids() const noexcept { return row_.span().subspan(max_context_length); }

    // CRC-32C of those ids: the same for equal items, vocabulary and shuffle, whatever the file's name and line ends.
    std::uint32_t checksum() const noexcept { return checksum_; }

    // 1..2^32 - 1; for a split of m symbols in n items: m + n.
    std::uint32_t examples(nib_split split) const noexcept { return bounds_[split + 1] - bounds_[split]; }

    // Gathers examples of a split by number, each below examples(split), in any order: contexts (numbers.size(),
    // context_length) oldest id first, 0 before the item's start; targets (numbers.size()). context_length is 1..256.
    // Either output may be NULL.
    void gather(nib_split split, std::span<const std::uint32_t> numbers, std::int32_t context_length,
                std::int32_t* contexts, std::int32_t* targets) const noexcept;

    // The same for count examples, starting at first.
    void gather(nib_split split, std::uint32_t first, std::uint32_t count, std::int32_t context_length,
                std::int32_t* contexts, std::int32_t* targets) const noexcept;

private:
    class Scan;
    Text(Scan&& scan, std::uint32_t shuffle_seed, Memory* memory);

    Vocabulary vocabulary_;
    Buffer<std::uint16_t> row_; // max_context_length zeros, then the ids: a context may be read from any place
    std::uint32_t bounds_[4];   // split s is [bounds_[s], bounds_[s + 1]) of the ids
    std::int64_t items_;
    std::int64_t empty_lines_;
    std::int64_t longest_item_;
    std::uint32_t checksum_;
};

// Loads the text of a file. Also throws NIB_ERR_IO. Peak memory: the file and what Text needs.
Text load_text(const std::string& path, const TextOptions& options, Memory* memory);

} // namespace nib
