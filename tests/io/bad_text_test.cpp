// Damaged texts are refused with a message that names the file, or read as the items that they still have, line by
// line.
#include "catch.hpp"
#include "error_of.hpp"
#include "io/text.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace nib;

namespace {

Memory* const heap = std::pmr::new_delete_resource();

const std::string small = "emma\nolivia\r\nnoah\n\nliam\nava\nsophia\ncaf\xc3\xa9\nmason\njames\nzo\xc3\xab\nwilliam\n";

// The items by the format's rules, read by code that is independent of Text's.
std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string line = text.substr(at, end - at);
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (!line.empty()) lines.push_back(line);
        at = end + 1;
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

std::vector<std::string> items_of(const Text& text)
{
    std::vector<std::string> items(1);
    for (const std::uint16_t id : text.ids()) {
        if (id == 0) {
            items.emplace_back();
        } else {
            items.back() += text.vocabulary().text(id);
        }
    }
    items.pop_back();
    std::sort(items.begin(), items.end());
    return items;
}

// Returns true if the text is read; otherwise it must have been refused properly.
bool reads(const std::string& bytes, nib_encoding encoding)
{
    TextOptions options;
    options.encoding = encoding;
    try {
        const Text text(bytes, "small.txt", options, heap);
        CHECK(items_of(text) == lines_of(bytes));
        return true;
    } catch (const Error& error) {
        INFO(error.what());
        CHECK(error.status() == NIB_ERR_DATA);
        CHECK(std::string(error.what()).find("small.txt") == 0);
        return false;
    }
}

} // namespace

TEST_CASE("every truncation of a text is refused or read as what is left of it")
{
    for (const nib_encoding encoding : {NIB_ENCODING_UTF8, NIB_ENCODING_BYTES}) {
        REQUIRE(reads(small, encoding));
        std::size_t read = 0;
        for (std::size_t size = 0; size < small.size(); ++size) {
            INFO("the first " << size << " of " << small.size() << " bytes");
            read += reads(small.substr(0, size), encoding);
        }
        CHECK(read > 0);
        CHECK(read < small.size() / 2); // fewer than ten items are refused
    }
    CHECK_FALSE(reads(small.substr(0, small.find('\xab')), NIB_ENCODING_UTF8)); // in the middle of a symbol
}

TEST_CASE("a text with a flipped byte is refused or read as what it then is")
{
    std::size_t refused = 0;
    for (std::size_t i = 0; i < small.size(); ++i) {
        for (const int mask : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff}) {
            INFO("byte " << i << " ^ " << mask);
            std::string changed = small;
            changed[i] = static_cast<char>(changed[i] ^ mask);
            CHECK(reads(changed, NIB_ENCODING_BYTES));
            refused += !reads(changed, NIB_ENCODING_UTF8);
        }
    }
    CHECK(refused > small.size()); // a byte of 128 or more among ASCII is no UTF-8
}
