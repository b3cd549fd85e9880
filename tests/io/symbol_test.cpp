#include "io/symbol.hpp"

#include "catch.hpp"

#include <algorithm>
#include <cstring>

using nib::Symbol;

namespace {

Symbol decode(std::string_view text) { return nib::decode_symbol(NIB_ENCODING_UTF8, text); }

} // namespace

TEST_CASE("every code point survives encoding and decoding")
{
    int wrong = 0;
    for (std::uint32_t value = 0; value < nib::symbol_limit(NIB_ENCODING_UTF8); ++value) {
        if (!nib::is_symbol(NIB_ENCODING_UTF8, value)) continue;
        char bytes[5] = {0, 0, 0, 0, 'x'};
        const std::size_t size = nib::encode_symbol(NIB_ENCODING_UTF8, value, bytes);
        const Symbol symbol = decode({bytes, size});
        wrong += symbol.fault != nullptr || symbol.value != value || symbol.size != size || bytes[4] != 'x';
    }
    CHECK(wrong == 0);
}

TEST_CASE("well-formed sequences are as many as code points")
{
    // All texts of four bytes, the fourth of a few kinds: a sequence of size n is found 2^(24 - 8n) times for each.
    const auto faultless = [](std::size_t size) {
        std::uint32_t count = 0;
        for (std::uint32_t prefix = 0; prefix < 0x1000000; prefix += size == 1 ? 0x10000 : size == 2 ? 0x100 : 1) {
            const char text[] = {static_cast<char>(prefix >> 16), static_cast<char>(prefix >> 8),
                                 static_cast<char>(prefix), '\x80'};
            const Symbol symbol = decode({text, 4});
            count += symbol.fault == nullptr && symbol.size == size;
        }
        return count;
    };
    CHECK(faultless(1) == 0x80);
    CHECK(faultless(2) == 0x800 - 0x80);
    CHECK(faultless(3) == 0x10000 - 0x800 - 0x800); // without the surrogates
    CHECK(faultless(4) == 0x100000 / 64);           // the last byte is fixed
}

TEST_CASE("ill-formed UTF-8 is refused for what is wrong with it")
{
    const auto fault = [](std::string_view text) {
        const char* found = decode(text).fault;
        return std::string(found != nullptr ? found : "none");
    };
    CHECK(fault("\x80") == "continuation byte without a first byte");
    CHECK(fault("\xBF") == "continuation byte without a first byte");
    CHECK(fault("\xF8\x88\x80\x80\x80") == "byte that no sequence has");
    CHECK(fault("\xFF") == "byte that no sequence has");
    CHECK(fault("\xC3") == "sequence cut short");
    CHECK(fault("\xC3z") == "sequence cut short");
    CHECK(fault("\xE2\x82") == "sequence cut short");
    CHECK(fault("\xF0\x9F\x98") == "sequence cut short");
    CHECK(fault("\xF0\x9F\x98\xC3") == "sequence cut short");
    CHECK(fault("\xC0\x80") == "overlong sequence");
    CHECK(fault("\xC1\xBF") == "overlong sequence");
    CHECK(fault("\xE0\x9F\xBF") == "overlong sequence");
    CHECK(fault("\xF0\x8F\xBF\xBF") == "overlong sequence");
    CHECK(fault("\xED\xA0\x80") == "surrogate");
    CHECK(fault("\xED\xBF\xBF") == "surrogate");
    CHECK(fault("\xF4\x90\x80\x80") == "code point above U+10FFFF");
    CHECK(fault("\xF7\xBF\xBF\xBF") == "code point above U+10FFFF");
    CHECK(fault("\xED\x9F\xBF") == "none");
    CHECK(fault("\xEE\x80\x80") == "none");
    CHECK(fault("\xF4\x8F\xBF\xBF") == "none");
}

TEST_CASE("a byte is a symbol of its own in a byte vocabulary")
{
    for (std::uint32_t value = 0; value < 256; ++value) {
        char byte;
        REQUIRE(nib::encode_symbol(NIB_ENCODING_BYTES, value, &byte) == 1);
        const Symbol symbol = nib::decode_symbol(NIB_ENCODING_BYTES, {&byte, 1});
        CHECK(symbol.fault == nullptr);
        CHECK(symbol.value == value);
        CHECK(symbol.size == 1);
    }
    CHECK_FALSE(nib::is_symbol(NIB_ENCODING_BYTES, 256));
}

TEST_CASE("symbols are described by number and look")
{
    CHECK(nib::describe_symbol(NIB_ENCODING_UTF8, 'e') == "U+0065 'e'");
    CHECK(nib::describe_symbol(NIB_ENCODING_UTF8, 0xE9) == "U+00E9 '\xC3\xA9'");
    CHECK(nib::describe_symbol(NIB_ENCODING_UTF8, 0x1F600) == "U+1F600 '\xF0\x9F\x98\x80'");
    CHECK(nib::describe_symbol(NIB_ENCODING_UTF8, 7) == "U+0007");
    CHECK(nib::describe_symbol(NIB_ENCODING_UTF8, 0x85) == "U+0085");
    CHECK(nib::describe_symbol(NIB_ENCODING_BYTES, 'e') == "byte 0x65 'e'");
    CHECK(nib::describe_symbol(NIB_ENCODING_BYTES, 0xE9) == "byte 0xE9");
}
