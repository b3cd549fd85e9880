#include "io/text.hpp"

#include "catch.hpp"
#include "error_of.hpp"
#include "folder.hpp"
#include "io/file.hpp"
#include "measured.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

using nib::Text;
using nib::TextOptions;
using nib::Vocabulary;
using nib::test::error_of;

namespace {

nib::Memory* heap() { return std::pmr::new_delete_resource(); }

Text make(std::string_view bytes, const TextOptions& options = {}) { return Text(bytes, "t.txt", options, heap()); }

std::string refused(nib_status status, std::string_view bytes, const TextOptions& options = {})
{
    return error_of(status, [&] { make(bytes, options); });
}

const TextOptions as_bytes = {NIB_ENCODING_BYTES, 42, nullptr};

// Ten items of two symbols; 7 3 2 8 5 6 9 4 0 1 after the shuffle with seed 42.
const std::string ten = "a0\na1\na2\na3\na4\na5\na6\na7\na8\na9\n";

// Examples [first, first + count) of a split, written as "..a>0 .a0>. ".
std::string shown(const Text& text, nib_split split, std::uint32_t first, std::uint32_t count, std::int32_t length)
{
    std::vector<std::int32_t> contexts(count * static_cast<std::size_t>(length)), targets(count);
    text.gather(split, first, count, length, contexts.data(), targets.data());
    std::string result;
    for (std::size_t i = 0; i < contexts.size(); ++i) {
        result += text.vocabulary().text(contexts[i]);
        if ((i + 1) % static_cast<std::size_t>(length) != 0) continue;
        result += '>';
        result += text.vocabulary().text(targets[i / static_cast<std::size_t>(length)]);
        result += ' ';
    }
    return result;
}

// The items of a split, read from its targets.
std::string items(const Text& text, nib_split split)
{
    std::vector<std::int32_t> targets(text.examples(split));
    text.gather(split, 0, text.examples(split), 1, nullptr, targets.data());
    std::string result;
    for (const std::int32_t id : targets) result += id == 0 ? std::string_view(" ") : text.vocabulary().text(id);
    return result;
}

} // namespace

TEST_CASE("items are shuffled as Python does and split 80 to 10 to 10")
{
    const Text text = make(ten);
    CHECK(text.items() == 10);
    CHECK(text.empty_lines() == 0);
    CHECK(text.longest_item() == 2);
    CHECK(items(text, NIB_SPLIT_TRAIN) == "a7 a3 a2 a8 a5 a6 a9 a4 ");
    CHECK(items(text, NIB_SPLIT_VAL) == "a0 ");
    CHECK(items(text, NIB_SPLIT_TEST) == "a1 ");
    CHECK(text.examples(NIB_SPLIT_TRAIN) == 24);

    const TextOptions seed_0 = {NIB_ENCODING_UTF8, 0, nullptr};
    CHECK(items(make(ten, seed_0), NIB_SPLIT_TRAIN) == "a7 a8 a1 a5 a3 a4 a2 a0 ");
}

TEST_CASE("each split has an item from ten items on, cut where Python's int() cuts")
{
    std::string bytes = "a\na\na\na\na\na\na\na\na\n";
    for (std::uint32_t count = 10; count < 300; ++count) {
        bytes += "a\n";
        const Text text = make(bytes);
        // 0.8 n and 0.9 n in double are never below the whole number that they represent.
        CHECK(text.examples(NIB_SPLIT_TRAIN) == 2 * (count * 8 / 10));
        CHECK(text.examples(NIB_SPLIT_VAL) == 2 * (count * 9 / 10 - count * 8 / 10));
        CHECK(text.examples(NIB_SPLIT_TEST) == 2 * (count - count * 9 / 10));
        CHECK(text.examples(NIB_SPLIT_VAL) > 0);
    }
}

TEST_CASE("an example is a place in the text with what stands before it in its item")
{
    const Text text = make(ten);
    CHECK(shown(text, NIB_SPLIT_TRAIN, 0, 4, 3) == "...>a ..a>7 .a7>. ...>a ");
    CHECK(shown(text, NIB_SPLIT_TRAIN, 21, 3, 1) == ".>a a>4 4>. ");
    CHECK(shown(text, NIB_SPLIT_VAL, 0, 3, 2) == "..>a .a>0 a0>. ");
    CHECK(shown(text, NIB_SPLIT_TEST, 2, 1, 5) == "...a1>. ");
    CHECK(shown(text, NIB_SPLIT_TRAIN, 1, 1, 256) == std::string(255, '.') + "a>7 ");
}

TEST_CASE("examples are gathered by number in any order, and either output alone")
{
    const Text text = make(ten);
    std::vector<std::uint32_t> numbers(text.examples(NIB_SPLIT_TRAIN));
    std::iota(numbers.rbegin(), numbers.rend(), 0u);
    const std::size_t count = numbers.size();
    std::vector<std::int32_t> contexts(4 * count), targets(count), backward(4 * count), only(count);
    text.gather(NIB_SPLIT_TRAIN, 0, static_cast<std::uint32_t>(count), 4, contexts.data(), targets.data());
    text.gather(NIB_SPLIT_TRAIN, numbers, 4, backward.data(), nullptr);
    text.gather(NIB_SPLIT_TRAIN, numbers, 4, nullptr, only.data());
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t j = count - 1 - i;
        CHECK(std::equal(&contexts[4 * i], &contexts[4 * i] + 4, &backward[4 * j]));
        CHECK(targets[i] == only[j]);
    }
}

TEST_CASE("an item longer than the context is seen through a window")
{
    std::string bytes = std::string(4096, 'z') + "\n";
    for (int i = 0; i < 9; ++i) bytes += std::string(4096, 'y') + "\n";
    const Text text = make(bytes);
    CHECK(text.longest_item() == 4096);
    CHECK(text.examples(NIB_SPLIT_VAL) == 4097);
    const std::string window(256, text.vocabulary().text(2)[0]); // item 0, the z, is the val split
    CHECK(shown(text, NIB_SPLIT_VAL, 4096, 1, 256) == window + ">. ");
    CHECK(shown(text, NIB_SPLIT_VAL, 255, 1, 256) == std::string(".") + window.substr(1) + ">z ");
}

TEST_CASE("the way a text is laid out does not matter")
{
    std::string crlf, spaced = "\n\r\n", unended = ten;
    for (const char c : ten) c == '\n' ? crlf += "\r\n" : crlf += c;
    for (const char c : ten) c == '\n' ? spaced += "\n\n" : spaced += c;
    unended.pop_back();
    const Text plain = make(ten);
    for (const std::string& bytes : {crlf, spaced, unended, crlf.substr(0, crlf.size() - 1), "\xEF\xBB\xBF" + ten}) {
        const Text text = make(bytes);
        CHECK(text.items() == 10);
        CHECK(text.vocabulary() == plain.vocabulary());
        CHECK(items(text, NIB_SPLIT_TRAIN) == items(plain, NIB_SPLIT_TRAIN));
    }
    CHECK(make(spaced).empty_lines() == 12);
    CHECK(make(crlf).empty_lines() == 0);
}

TEST_CASE("what looks like an end of line is a symbol elsewhere")
{
    const Text text = make("a\rb\n \n\t\n" + ten + std::string("\0\n", 2));
    CHECK(text.items() == 14);
    CHECK(text.vocabulary().id('\r') != 0);
    CHECK(text.vocabulary().id(' ') != 0);
    CHECK(text.vocabulary().id('\t') != 0);
    CHECK(text.vocabulary().id(0) == 1);
    CHECK(text.vocabulary().id('\n') == 0);
}

TEST_CASE("a symbol is a code point, or a byte")
{
    const std::string bytes = ten + "\xC3\xA9\xF0\x9F\x98\x80\n";
    const Text points = make(bytes);
    CHECK(points.vocabulary().size() == 14); // the end mark, a, ten digits, two more
    CHECK(points.vocabulary().id(0xE9) == 12);
    CHECK(points.vocabulary().id(0x1F600) == 13);
    CHECK(points.longest_item() == 2);

    const Text single = make(bytes, as_bytes);
    CHECK(single.vocabulary().size() == 18);
    CHECK(single.vocabulary().id(0xC3) == 16);
    CHECK(single.longest_item() == 6);
    CHECK(single.vocabulary().encoding() == NIB_ENCODING_BYTES);

    CHECK(make("\xEF\xBB\xBF" + ten, as_bytes).vocabulary().id(0xEF) != 0);
}

TEST_CASE("a given vocabulary is used with its encoding")
{
    const Vocabulary wide(NIB_ENCODING_BYTES, {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 0xC3});
    const TextOptions given = {NIB_ENCODING_UTF8, 42, &wide};
    const Text text = make(ten, given);
    CHECK(text.vocabulary() == wide);
    CHECK(items(text, NIB_SPLIT_VAL) == "a0 ");
    CHECK(refused(NIB_ERR_MISMATCH, ten + "\n\xC3\xA9\n", given) == "t.txt:12: the vocabulary lacks byte 0xA9");

    const Vocabulary narrow(NIB_ENCODING_UTF8, {'0', '1', '2', '3', '4', '5', '6', '7', '8', 'a'});
    CHECK(refused(NIB_ERR_MISMATCH, ten, {NIB_ENCODING_BYTES, 42, &narrow}) ==
          "t.txt:10: the vocabulary lacks U+0039 '9'");
}

TEST_CASE("a text of too few items is refused")
{
    const auto message = [](int line, int count) {
        return std::string("t.txt:") + std::to_string(line) + ": the text ends after " + std::to_string(count) +
               " items (lines that are not empty), expected at least 10";
    };
    CHECK(refused(NIB_ERR_DATA, "") == message(1, 0));
    CHECK(refused(NIB_ERR_DATA, "\xEF\xBB\xBF") == message(1, 0));
    CHECK(refused(NIB_ERR_DATA, "\n\r\n\n") == message(3, 0));
    CHECK(refused(NIB_ERR_DATA, "a\n\nb") == message(3, 2));
    CHECK(refused(NIB_ERR_DATA, "a\na\na\na\na\na\na\na\na\n\n\n") == message(11, 9));
}

TEST_CASE("a text that no model could learn is refused by line")
{
    CHECK(refused(NIB_ERR_DATA, ten + std::string(4097, 'b')) ==
          "t.txt:11: an item of 4097 symbols, expected at most 4096");
    std::string accents;
    for (int i = 0; i < 4096; ++i) accents += "\xC3\xA9";
    CHECK(make(ten + accents).longest_item() == 4096);
    CHECK(refused(NIB_ERR_DATA, ten + accents + "a") == "t.txt:11: an item of 4097 symbols, expected at most 4096");

    CHECK(refused(NIB_ERR_DATA, ten + "\nab\xC3\xA9\xC3\n" + ten) ==
          "t.txt:12: byte 5 of the line, 0xC3, is not UTF-8: sequence cut short");
    CHECK(refused(NIB_ERR_DATA, "\xEF\xBB\xBFm\xFF\n" + ten) ==
          "t.txt:1: byte 2 of the line, 0xFF, is not UTF-8: byte that no sequence has");
    CHECK(make(ten + "\nab\xC3\xA9\xC3\n" + ten, as_bytes).items() == 21);
}

TEST_CASE("other encodings and line ends are called by their names")
{
    const auto utf16 = [](const std::string& bytes, bool big) {
        std::string wide;
        for (const char byte : bytes) {
            wide += big ? std::string(1, '\0') + byte : std::string(1, byte) + std::string(1, '\0');
        }
        return wide;
    };
    const std::string is_utf16 = "t.txt: a text in UTF-16, expected UTF-8: iconv -f UTF-16 -t UTF-8 makes it one";
    for (const bool big : {false, true}) {
        CHECK(refused(NIB_ERR_DATA, utf16(ten, big)) == is_utf16);
        CHECK(refused(NIB_ERR_DATA, (big ? "\xFE\xFF" : "\xFF\xFE") + utf16(ten, big)) == is_utf16);
    }
    CHECK(refused(NIB_ERR_DATA, std::string("\xFF\xFE\0\0a\0\0\0", 8)).starts_with("t.txt: a text in UTF-32"));
    CHECK(make(utf16(ten, false), as_bytes).items() > 0); // a caller who asks for bytes gets them

    std::string returns = ten;
    std::replace(returns.begin(), returns.end(), '\n', '\r');
    CHECK(refused(NIB_ERR_DATA, returns) ==
          "t.txt: lines that end with CR alone, expected LF or CRLF: tr '\\r' '\\n' makes them so");
    CHECK(refused(NIB_ERR_DATA, "a\r\na\r\na\r\na\r\na\r\na\r\na\r\na\r\na\r\n").find("after 9 items") !=
          std::string::npos);
}

TEST_CASE("a vocabulary of more than 4,096 with the end mark is refused where it becomes so")
{
    std::string bytes = ten; // 11 symbols
    for (std::uint32_t value = 0x4E00; value < 0x4E00 + 4095 - 11; ++value) {
        char symbol[4];
        bytes.append(symbol, nib::encode_symbol(NIB_ENCODING_UTF8, value, symbol));
        bytes += '\n';
    }
    CHECK(make(bytes).vocabulary().size() == 4096);
    CHECK(refused(NIB_ERR_DATA, bytes + "az\n") ==
          "t.txt:4095: U+007A 'z' is one symbol too many, expected at most 4095 different ones");
}

TEST_CASE("a file is read, and its path stands in messages")
{
    CHECK(error_of(NIB_ERR_IO, [] { nib::load_text("no/such.txt", {}, heap()); }) ==
          "cannot read 'no/such.txt': No such file or directory");
    const nib::test::Folder folder;
    const std::string empty = folder / "empty.txt";
    nib::write_file(empty, {});
    CHECK(error_of(NIB_ERR_DATA, [&] { nib::load_text(empty, {}, heap()); }).starts_with(empty + ":1: "));
}

TEST_CASE("empty lines take no memory")
{
    std::string bytes = ten;
    for (int i = 0; i < 100000; ++i) bytes += i % 2 == 0 ? "\n" : "\r\n";
    nib::test::Measured memory;
    const Text text(bytes, "t.txt", as_bytes, &memory);
    CHECK(text.items() == 10);
    CHECK(text.empty_lines() == 100000);
    CHECK(memory.largest < 1000); // the row: 256 zeros and 30 ids of two bytes
}

TEST_CASE("the lecture's names give the lecture's examples")
{
    const char* const path = std::getenv("NIB_LECTURE_NAMES");
    if (path == nullptr) NIB_SKIP("NIB_LECTURE_NAMES does not name the lecture's names.txt");
    const Text text = nib::load_text(path, {}, heap());
    CHECK(text.items() == 32033);
    CHECK(text.vocabulary().size() == 27);
    CHECK(text.longest_item() == 15);
    CHECK(text.examples(NIB_SPLIT_TRAIN) == 182625);
    CHECK(text.examples(NIB_SPLIT_VAL) == 22655);
    CHECK(text.examples(NIB_SPLIT_TEST) == 22866);
    CHECK(items(text, NIB_SPLIT_TRAIN).starts_with("yuheng diondre xavien jori juanluis "));
    CHECK(shown(text, NIB_SPLIT_TRAIN, 0, 8, 3) == "...>y ..y>u .yu>h yuh>e uhe>n hen>g eng>. ...>d ");
    CHECK(shown(text, NIB_SPLIT_VAL, 0, 3, 3) == "...>a ..a>m .am>a ");
    CHECK(shown(text, NIB_SPLIT_TEST, 22863, 3, 3) == "ova>n van>i ani>. ");
}
