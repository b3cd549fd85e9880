#include "base/utf8.hpp"

#include "base/error.hpp"
#include "catch.hpp"
#include "io/symbol.hpp"

#include <string>

using namespace nib;

namespace {

bool is_utf8(std::string_view text)
{
    while (!text.empty()) {
        const Symbol symbol = decode_symbol(NIB_ENCODING_UTF8, text);
        if (symbol.fault != nullptr) return false;
        text.remove_prefix(symbol.size);
    }
    return true;
}

const std::string letters[] = {"a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};

} // namespace

TEST_CASE("a text is cut at a letter's beginning, and loses no letter that fits")
{
    for (const std::string& letter : letters) {
        for (std::size_t before = 0; before < 5; ++before) {
            std::string text(before, 'x');
            for (int i = 0; i < 20; ++i) text += letter;
            for (std::size_t most = 0; most <= text.size() + 1; ++most) {
                const std::size_t kept = whole_letters(text, most);
                INFO(letter << " behind " << before << ", room for " << most << ": " << kept);
                CHECK(kept <= most);
                CHECK(is_utf8(std::string_view(text).substr(0, kept)));
                CHECK((kept == text.size() || kept + letter.size() > most));
            }
        }
    }
}

TEST_CASE("what is no UTF-8 is cut where the room ends")
{
    CHECK(whole_letters(std::string(20, '\x80'), 10) == 10);
    CHECK(whole_letters(std::string(20, '\xFF'), 10) == 10);
}

TEST_CASE("a string from a file is shortened for a message")
{
    CHECK(shortened("abc", 3) == "abc");
    CHECK(shortened("abcd", 3) == "abc...");
    CHECK(shortened("ab\xC3\xA9", 3) == "ab...");
}

TEST_CASE("an error's sentence that does not fit ends with a whole letter")
{
    for (const std::string& letter : letters) {
        for (std::size_t before = 0; before < 4; ++before) {
            std::string text(before, 'x');
            while (text.size() < 600) text += letter;
            const std::string said = Error(NIB_ERR_IO, "%s", text.c_str()).what();
            INFO(said);
            CHECK(is_utf8(said));
            CHECK(said.size() <= 511);
            CHECK(said.size() + letter.size() > 511);
            CHECK(text.compare(0, said.size(), said) == 0);
        }
    }
}
