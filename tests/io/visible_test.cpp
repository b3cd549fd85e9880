#include "io/visible.hpp"

#include "catch.hpp"

#include <string>
#include <string_view>

namespace {

std::string visible(std::string_view text)
{
    char bytes[256];
    const std::size_t size = nib::make_visible(text, bytes, sizeof bytes);
    REQUIRE(size < sizeof bytes);
    CHECK(bytes[size] == '\0');
    return bytes;
}

} // namespace

TEST_CASE("text that shows stays as it is")
{
    for (const std::string text : {"", "emma", "Zo\u00eb \u2603 \u05d0\u05d1 \U0001f600", "a\\x1b", " ~\u00a0"})
        CHECK(visible(text) == text);
}

TEST_CASE("what would not show, or act on a terminal, becomes an escape")
{
    CHECK(visible("\x1b]52;c;cm0gLXJm\x07") == "\\x1b]52;c;cm0gLXJm\\x07");
    CHECK(visible({"a\0b\tc\nd\re\x7f", 10}) == "a\\x00b\\x09c\\x0ad\\x0de\\x7f");
    CHECK(visible("\u0080\u009b31m\u009f") == "\\u0080\\u009b31m\\u009f");
    CHECK(visible("\u061c\u200e\u200f") == "\\u061c\\u200e\\u200f");
    CHECK(visible("\u2028\u2029\u202a\u202b\u202c\u202d\u202e") == "\\u2028\\u2029\\u202a\\u202b\\u202c\\u202d\\u202e");
    CHECK(visible("\u2066\u2067\u2068\u2069") == "\\u2066\\u2067\\u2068\\u2069");
}

TEST_CASE("bytes that are not UTF-8 become escapes, each by itself")
{
    CHECK(visible("\x9b"
                  "31m") == "\\x9b31m"); // an 8-bit terminal would take it for the start of a sequence
    CHECK(visible("a\xe2\x98z\xff") == "a\\xe2\\x98z\\xff");
    CHECK(visible("\xed\xa0\x80\xc0\xaf") == "\\xed\\xa0\\x80\\xc0\\xaf"); // a surrogate, and an overlong slash
}

TEST_CASE("visible text is not changed again")
{
    const std::string once = visible("\x1b[2J\u202e\xff\\");
    CHECK(visible(once) == once);
}

TEST_CASE("as much is written as fits, whole characters and escapes, and the size of all is told")
{
    const std::string_view text = "a\x1b\u00eb\u202e", all = "a\\x1b\u00eb\\u202e";
    const std::string_view cut[] = {"", "", "a", "a", "a", "a", "a\\x1b", "a\\x1b", "a\\x1b\u00eb", "a\\x1b\u00eb"};
    for (std::size_t capacity = 0; capacity < 20; ++capacity) {
        CAPTURE(capacity);
        std::string bytes(20, '#');
        CHECK(nib::make_visible(text, capacity > 0 ? bytes.data() : nullptr, capacity) == all.size());
        const std::string_view expected = capacity > all.size() ? all : capacity < 10 ? cut[capacity] : cut[9];
        if (capacity > 0) CHECK(bytes.substr(0, expected.size() + 1) == std::string(expected) + '\0');
        CHECK(bytes.find_first_not_of('#', capacity) == std::string::npos);
    }
}

TEST_CASE("a column is shown by its name, or by its number from 1")
{
    CHECK(nib::column_label("age", 2) == "'age'");
    CHECK(nib::column_label("", 2) == "3");
    CHECK(nib::column_label("a\tb", 0) == "'a\\x09b'");
}
