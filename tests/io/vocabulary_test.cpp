#include "io/vocabulary.hpp"

#include "catch.hpp"
#include "error_of.hpp"

#include <numeric>
#include <utility>

using nib::Vocabulary;
using nib::test::error_of;

namespace {

const Vocabulary accented(NIB_ENCODING_UTF8, {'a', 'b', 0xE9, 0x1F600});

} // namespace

TEST_CASE("symbols are numbered from 1 and shown as text")
{
    CHECK(accented.size() == 5);
    CHECK(accented.id('a') == 1);
    CHECK(accented.id(0xE9) == 3);
    CHECK(accented.id(0x1F600) == 4);
    CHECK(accented.id('c') == 0);
    CHECK(accented.id(0) == 0);
    CHECK(accented.id(0x10FFFF) == 0);

    CHECK(accented.text(0) == ".");
    CHECK(accented.text(1) == "a");
    CHECK(accented.text(3) == "\xC3\xA9");
    CHECK(accented.text(4) == "\xF0\x9F\x98\x80");
    for (std::int32_t id = 0; id < accented.size(); ++id) {
        CHECK(accented.text(id).data()[accented.text(id).size()] == '\0');
    }
}

TEST_CASE("the pointer to a symbol's text moves with the vocabulary")
{
    Vocabulary original = accented;
    const char* const before = original.text(3).data();
    const Vocabulary moved = std::move(original);
    CHECK(moved.text(3).data() == before);
}

TEST_CASE("a byte is shown as it is")
{
    const Vocabulary bytes(NIB_ENCODING_BYTES, {0, 'a', 0xE9});
    CHECK(bytes.text(1) == std::string_view("\0", 1));
    CHECK(bytes.text(3) == "\xE9");
}

TEST_CASE("text is encoded as far as there is room, and counted")
{
    std::int32_t ids[3] = {-1, -1, -1};
    CHECK(accented.encode("b\xC3\xA9", ids) == 2);
    CHECK(ids[0] == 2);
    CHECK(ids[1] == 3);
    CHECK(ids[2] == -1);
    CHECK(accented.encode("aab\xF0\x9F\x98\x80", ids) == 4);
    CHECK(ids[2] == 2);
    CHECK(accented.encode("abab", {}) == 4);
    CHECK(accented.encode("", ids) == 0);
}

TEST_CASE("text that cannot be encoded is refused")
{
    CHECK(error_of(NIB_ERR_MISMATCH, [] { accented.encode("\xC3\xA9z", {}); }) ==
          "the vocabulary lacks U+007A 'z', symbol 2 of the text");
    CHECK(error_of(NIB_ERR_MISMATCH, [] { accented.encode("\xC3\xA9\xC3", {}); }) ==
          "byte 3 of the text is not UTF-8: sequence cut short");
    const Vocabulary bytes(NIB_ENCODING_BYTES, {'a'});
    CHECK(error_of(NIB_ERR_MISMATCH, [&] { bytes.encode("a\xC3", {}); }) ==
          "the vocabulary lacks byte 0xC3, symbol 2 of the text");
}

TEST_CASE("vocabularies are equal in encoding and symbols")
{
    CHECK(accented == Vocabulary(NIB_ENCODING_UTF8, {'a', 'b', 0xE9, 0x1F600}));
    CHECK_FALSE(accented == Vocabulary(NIB_ENCODING_UTF8, {'a', 'b', 0xE9}));
    CHECK_FALSE(Vocabulary(NIB_ENCODING_BYTES, {'a'}) == Vocabulary(NIB_ENCODING_UTF8, {'a'}));
}

TEST_CASE("what cannot be a vocabulary is refused")
{
    const auto refused = [](nib_encoding encoding, std::vector<std::uint32_t> symbols) {
        return error_of(NIB_ERR_FORMAT, [&] { Vocabulary(encoding, symbols); });
    };
    CHECK(refused(NIB_ENCODING_UTF8, {}) == "a vocabulary of 0 symbols, expected 1 to 4095");
    CHECK(refused(NIB_ENCODING_UTF8, {'a', 'a'}) == "symbol 2 of a vocabulary is 97, expected more than 97 before it");
    CHECK(refused(NIB_ENCODING_UTF8, {'b', 'a'}) == "symbol 2 of a vocabulary is 97, expected more than 98 before it");
    CHECK(refused(NIB_ENCODING_UTF8, {0xD800}) == "symbol 1 of a vocabulary is 55296, which is no code point");
    CHECK(refused(NIB_ENCODING_UTF8, {0x110000}) == "symbol 1 of a vocabulary is 1114112, which is no code point");
    CHECK(refused(NIB_ENCODING_BYTES, {255, 256}) == "symbol 2 of a vocabulary is 256, which is no byte");

    std::vector<std::uint32_t> many(4095);
    std::iota(many.begin(), many.end(), 32u);
    CHECK(Vocabulary(NIB_ENCODING_UTF8, many).size() == 4096);
    many.push_back(0x10000);
    CHECK(refused(NIB_ENCODING_UTF8, many) == "a vocabulary of 4096 symbols, expected 1 to 4095");
}
