// The reader of data sets. The first byte chooses encoding and vocabulary, the others are the text.
#include "fuzz/fuzz.hpp"
#include "io/text.hpp"

#include <vector>

using namespace nib;

namespace {

void check(const Text& text)
{
    std::int64_t items = 0, length = 0, longest = 0;
    for (const std::uint16_t id : text.ids()) {
        fuzz::require(id < text.vocabulary().size(), "an id is the vocabulary's");
        items += id == 0;
        length = id == 0 ? 0 : length + 1;
        longest = length > longest ? length : longest;
    }
    fuzz::require(items == text.items() && longest == text.longest_item(), "items end with the end mark");
    for (const nib_split split : {NIB_SPLIT_TRAIN, NIB_SPLIT_VAL, NIB_SPLIT_TEST}) {
        fuzz::require(text.examples(split) >= 1, "no split is empty");
        std::int32_t context[Text::max_context_length], target = -1;
        text.gather(split, text.examples(split) - 1, 1, Text::max_context_length, context, &target);
        fuzz::require(target == 0, "the last example of a split is an end mark");
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    if (size == 0) return 0;
    const Vocabulary letters(NIB_ENCODING_UTF8, {'a', 'e', 'l', 'm', 'n', 0xe9});
    TextOptions options;
    options.encoding = (bytes[0] & 1) == 0 ? NIB_ENCODING_UTF8 : NIB_ENCODING_BYTES;
    options.vocabulary = (bytes[0] & 2) == 0 ? nullptr : &letters;
    fuzz::CheckedMemory memory(16 * size + (std::size_t{4} << 20)); // 2.2 MB to find the symbols
    fuzz::refusable([&] {
        const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
        check(Text(text, "fuzz", options, &memory));
    });
    return 0;
}
