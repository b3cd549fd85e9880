#include "io/csv.hpp"

#include "catch.hpp"
#include "error_of.hpp"
#include "folder.hpp"

#include <clocale>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>

using namespace nib;
using nib::test::error_of;

namespace {

Memory* const heap = std::pmr::new_delete_resource();

RawTable parse(const std::string& text, const CsvOptions& options = {})
{
    return parse_csv(text, "t.csv", options, heap);
}

std::string refused(const std::string& text, const CsvOptions& options = {})
{
    return error_of(NIB_ERR_DATA, [&] { parse(text, options); });
}

// A column as text: numbers by number_text, "-" for a missing cell.
std::vector<std::string> cells(const RawTable& table, std::size_t column)
{
    const RawColumn& from = table.columns.at(column);
    std::vector<std::string> result;
    for (std::ptrdiff_t row = 0; row < table.rows; ++row) {
        if (from.kind == RawKind::words) {
            const std::int32_t id = from.ids[static_cast<std::size_t>(row)];
            result.push_back(id < 0 ? "-" : from.words.at(static_cast<std::size_t>(id)));
        } else {
            const double number = table.numbers(static_cast<std::ptrdiff_t>(column)).exact(row);
            result.push_back(std::isnan(number) ? "-" : number_text(number));
        }
    }
    return result;
}

std::vector<std::string> names(const RawTable& table)
{
    std::vector<std::string> result;
    for (const RawColumn& column : table.columns) result.push_back(column.name);
    return result;
}

using Cells = std::vector<std::string>;

void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

} // namespace

TEST_CASE("numbers, words and missing cells")
{
    const RawTable table = parse("size,kind,note\n1.5,cat,\n-2e3,dog,x\nNA,NaN,y\n+.25,cat,na\n");
    CHECK(table.rows == 4);
    CHECK(names(table) == Cells{"size", "kind", "note"});
    CHECK(cells(table, 0) == Cells{"1.5", "-2000", "-", "0.25"});
    CHECK(cells(table, 1) == Cells{"cat", "dog", "-", "cat"});
    CHECK(cells(table, 2) == Cells{"-", "x", "y", "-"});
    CHECK(table.columns[0].kind == RawKind::numbers);
    CHECK(table.columns[1].words == Cells{"cat", "dog"});
    CHECK(table.columns[0].numbers.size() == 4);
    CHECK(table.columns[1].ids.size() == 4);
    CHECK(table.cell(1, 1) == "t.csv, line 3, column 'kind'");
    CHECK(parse("1,2\n3,4\n").cell(1, 1) == "t.csv, line 2, column 2");
}

TEST_CASE("the first row is names where a word stands over a number, or no number does")
{
    CHECK(names(parse("1,2,a\n2,3,b\n")) == Cells{"", "", ""});
    CHECK(names(parse("label,0,1\n7,2,3\n")) == Cells{"label", "0", "1"});
    CHECK(names(parse("label,0,1\nNA,NA,NA\n7,2,3\n")) == Cells{"label", "0", "1"});
    CHECK(names(parse("a,b\nc,d\n")) == Cells{"a", "b"});
    CHECK(parse("1,2,a\n2,3,b\n").rows == 2);
    CHECK(names(parse("1,2\n3,4\n")) == Cells{"", ""});
    CHECK(names(parse("1,NA\n3,4\n")) == Cells{"", ""});
    CHECK(names(parse("1,b\n3,4\n")) == Cells{"1", "b"});
    CHECK(names(parse("a,,c\n3,4,5\n")) == Cells{"a", "2", "c"});
    CHECK(names(parse("1,2\n3,4\n", {.header = CsvHeader::present})) == Cells{"1", "2"});
    const RawTable absent = parse("a,2\nb,4\n", {.header = CsvHeader::absent});
    CHECK(absent.rows == 2);
    CHECK(cells(absent, 0) == Cells{"a", "b"});
    CHECK(refused("a,b,a\n1,2,3\n") == "t.csv, line 1: two columns are called 'a', expected different names");
    CHECK(refused("a,b\n") == "t.csv: no row behind the names of columns");
    CHECK(refused("\n\n") == "t.csv: an empty text, expected a table");
    CHECK(refused("") == "t.csv: an empty text, expected a table");
}

TEST_CASE("separators are found in the first line, or given")
{
    CHECK(cells(parse("a;b\n1;2\n"), 1) == Cells{"2"});
    CHECK(cells(parse("a\tb c\n1\t2\n"), 1) == Cells{"2"});
    CHECK(names(parse("\"a,b;c;d\",e\n1,2\n")) == Cells{"a,b;c;d", "e"});
    CHECK(names(parse("x\n1\n2\n")) == Cells{"x"});
    CHECK(names(parse("\n\"a\n;;;\";b,c\n1;2\n")) == Cells{"a\n;;;", "b,c"});
    CHECK(names(parse("a,b;c\n1;2\n", {.separator = ';'})) == Cells{"a,b", "c"});
    CHECK(cells(parse("\t\t\n1\t2\t3\n"), 1) == Cells{"-", "2"}); // a tab is no blank if it separates
}

TEST_CASE("quotes, blanks and line ends")
{
    const RawTable table = parse("\xef\xbb\xbf name , \"say \"\"hi\"\"\" \r\n  a b ,\t\"1\" \r\n\" x \",  2\t\r\n\r\n"
                                 "\"line\nend\",\"3\"\r\n   \n\"\",NA");
    CHECK(names(table) == Cells{"name", "say \"hi\""});
    CHECK(cells(table, 0) == Cells{"a b", " x ", "line\nend", "-"});
    CHECK(cells(table, 1) == Cells{"1", "2", "3", "-"});
    CHECK(table.line(0) == 2);
    CHECK(table.line(1) == 3);
    CHECK(table.line(2) == 5);                                   // behind an empty line
    CHECK(table.line(3) == 8);                                   // behind a cell of two lines, and a line of blanks
    CHECK(cells(parse("a\n\"\"\n\n1\n"), 0) == Cells{"-", "1"}); // two quotes are a cell, an empty line is none
    CHECK(cells(parse("a,b\n5\"x,1\n"), 0) == Cells{"5\"x"});
    CHECK(cells(parse("1,2\r\n3,4\r"), 1) == Cells{"2", "4"});
}

TEST_CASE("a column is one of words if any of its cells is, all of them as they are written")
{
    const RawTable table = parse("a,b,c\n01,1,7\n1.0,2,8\nx1,inf,9\n1e0,y,9\n");
    CHECK(cells(table, 0) == Cells{"01", "1.0", "x1", "1e0"});
    CHECK(cells(table, 1) == Cells{"1", "2", "inf", "y"});
    CHECK(table.columns[2].kind == RawKind::numbers);
    CHECK(table.columns[0].words.size() == 4);
}

TEST_CASE("whole numbers beyond 2^24 stay exact, the others of the column are floats")
{
    const RawTable table = parse("1\n0.1\nNA\n16777217\n9007199254740991\n0.1\n1e30\n");
    CHECK(table.columns[0].wide.size() == 7);
    CHECK(table.columns[0].numbers.size() == 0);
    const NumberView view = table.numbers(0);
    CHECK(view.exact(1) == static_cast<double>(0.1f));
    CHECK(std::isnan(view.exact(2)));
    CHECK(view.exact(3) == 16777217.0);
    CHECK(view[3] == 16777216.0f);
    CHECK(view.exact(4) == 9007199254740991.0);
    CHECK(view.exact(5) == static_cast<double>(0.1f));
    CHECK(view.exact(6) == static_cast<double>(1e30f));
}

TEST_CASE("what is malformed is refused by line")
{
    CHECK(refused("a,b\n1,2\n\n3\n") == "t.csv, line 4: 1 cells, expected 2, as the first row has");
    CHECK(refused("1,2\n1,2,3\n") == "t.csv, line 2: 3 cells, expected 2, as the first row has");
    CHECK(refused("a,b\n1,\"2\n3,4\n") == "t.csv, line 2: a quote that nothing closes: expected another one");
    CHECK(refused("a,b\n\"1\"x,2\n") ==
          "t.csv, line 2: text behind a closing quote, expected a separator or the line's end");
    CHECK(refused(std::string("a,b\n1,2\0\n", 9)) == "t.csv, line 2: a byte of 0, expected text");
    CHECK(refused(std::string("a,b\n1,\"\n\0\"\n", 12)) == "t.csv, line 3: a byte of 0, expected text");
    CHECK(refused("a,b\r1,2\r") == "t.csv, line 1: a CR that no LF follows, expected lines that end with LF or CRLF");
    CHECK(refused("a,b\n1,inf\n2,3\n") ==
          "t.csv, line 2, column 'b': inf: expected a finite number, up to 3.40282347e+38");
    CHECK(refused("1\n2\n-1e999\n") ==
          "t.csv, line 3, column 1: -1e999: expected a finite number, up to 3.40282347e+38");
    CHECK(refused("a,b\ncaf\xe9,1\n") == "t.csv, line 2: 'caf\\xe9' is not UTF-8: sequence cut short");
    CHECK(refused("a\x1b[2J,b,a\x1b[2J\n1,2,3\n") ==
          "t.csv, line 1: two columns are called 'a\\x1b[2J', expected different names");
    CHECK(refused(std::string("\xff\xfe"
                              "a\0,\0b\0\n\0",
                              10)) == "t.csv: a text in UTF-16, expected UTF-8: iconv -f UTF-16 -t UTF-8 makes it one");
    CHECK(refused(std::string(17 << 20, 'x')) ==
          "t.csv, line 1: a row of more than 16 MiB, expected a shorter one: is there a quote that nothing closes?");
    CHECK(refused(std::string(524288, ',')) == "t.csv, line 1: more than 524,288 cells, expected fewer");
}

TEST_CASE("a text is the same table in whatever pieces it comes")
{
    std::string text = "n,\"w\"\"x\",m\n";
    for (int i = 0; i < 60000; ++i) {
        text += std::to_string(i) + "." + std::to_string(i % 97) + (i % 3 == 0 ? ",\"a \"\"b\"\"\n" : ",\"c\r\n");
        text +=
            std::to_string(i % 11) + "\"," + (i % 5 == 0 ? "" : std::to_string(-i)) + (i % 7 == 0 ? "\r\n\n" : "\n");
    }
    REQUIRE(text.size() > 3 * (256 << 10));
    const RawTable whole = parse(text);
    CHECK(whole.rows == 60000);
    CHECK(names(whole) == Cells{"n", "w\"x", "m"});
    CHECK(cells(whole, 0)[59999] == "59999.53");
    CHECK(cells(whole, 1)[59999] == "c\r\n5");
    CHECK(cells(whole, 1)[59997] == "a \"b\"\n3");
    const test::Folder folder;
    write(folder / "t.csv", text);
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    std::thread writer([&] { write(folder / "pipe", text); });
    const RawTable piped = read_csv(folder / "pipe", {}, heap), read = read_csv(folder / "t.csv", {}, heap);
    writer.join();
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(cells(whole, i) == cells(read, i));
        CHECK(cells(whole, i) == cells(piped, i));
    }
    CHECK(read.line(59999) == whole.line(59999));
}

TEST_CASE("a column that turns out to be one of words late is read again")
{
    std::string text = "a,b\n";
    for (int i = 0; i < 200000; ++i) text += std::to_string(i % 50) + ".0,1\n";
    text += "last,2\n";
    const test::Folder folder;
    write(folder / "t.csv", text);
    const RawTable table = read_csv(folder / "t.csv", {}, heap);
    CHECK(table.columns[0].kind == RawKind::words);
    CHECK(table.columns[0].words.size() == 51);
    CHECK(table.columns[0].words[1] == "1.0");
    CHECK(table.columns[1].kind == RawKind::numbers);
    CHECK(table.rows == 200001);
}

TEST_CASE("a column of more words than may be kept is none to use")
{
    std::string text = "a,b\n";
    for (int i = 0; i < 70000; ++i) text.append("w").append(std::to_string(i)) += ",1\n";
    const RawTable table = parse(text);
    CHECK(table.columns[0].kind == RawKind::many_words);
    CHECK(table.columns[0].ids.size() == 0);
    CHECK(table.rows == 70000);
}

TEST_CASE("a table of numbers is told from other text")
{
    CHECK(looks_like_csv("a,b\n1,2\n3,4\n"));
    CHECK(looks_like_csv("1;2\n3;4"));
    CHECK(looks_like_csv("species,l,w\ncat,1,2\ndog,3,NA\n"));
    CHECK_FALSE(looks_like_csv("emma\nolivia\n"));
    CHECK_FALSE(looks_like_csv("1\n2\n3\n"));
    CHECK_FALSE(looks_like_csv("a,b\nc,d\n"));
    CHECK_FALSE(looks_like_csv("1,2\n3\n"));
    CHECK_FALSE(looks_like_csv("Doe, John\nRoe, Jane\n"));
    CHECK_FALSE(looks_like_csv("a,b\n"));
    CHECK_FALSE(looks_like_csv(""));
    CHECK_FALSE(looks_like_csv("1,\"2\n3"));
}

TEST_CASE("the tables in data/ are read")
{
    const std::string folder = std::string(NIB_SOURCE_DIR) + "/data/";
    const RawTable penguins = read_csv(folder + "penguins.csv", {}, heap);
    CHECK(penguins.rows == 344);
    CHECK(penguins.columns.size() == 8);
    CHECK(penguins.columns[0].words == Cells{"Adelie", "Gentoo", "Chinstrap"});
    CHECK(penguins.cell(3, 2) == folder + "penguins.csv, line 5, column 'bill_length_mm'");
    CHECK(std::isnan(penguins.numbers(2)[3]));
    CHECK(penguins.numbers(2)[0] == 39.1f);
    const RawTable sunspots = read_csv(folder + "sunspots.csv", {}, heap);
    CHECK(sunspots.rows == 309);
    CHECK(names(sunspots) == Cells{"YEAR", "SUNACTIVITY"});
    CHECK(sunspots.numbers(0)[308] == 2008.0f);
}

TEST_CASE("a decimal point is a point where the locale has a comma")
{
    // The locale is made for the test, as few machines have one.
    const test::Folder folder;
    const std::string make = "localedef -c -i de_DE -f UTF-8 '" + folder / "de_DE.UTF-8" + "' >/dev/null 2>&1";
    const int made = std::system(make.c_str());
    ::setenv("LOCPATH", (folder / "").c_str(), 1);
    const std::string before = std::setlocale(LC_ALL, nullptr);
    const bool is_set = std::setlocale(LC_ALL, "de_DE.UTF-8") != nullptr;
    ::unsetenv("LOCPATH");
    if (!is_set) NIB_SKIP(made == 0 ? "the locale cannot be set" : "there is no localedef with de_DE");
    char text[8];
    std::snprintf(text, sizeof text, "%.1f", 0.5);
    CHECK(std::string(text) == "0,5");
    const RawTable table = parse("1.5;2,5\n0.12345678901234567890123;1e-3\n");
    CHECK(cells(table, 0) == Cells{"0.12345679"});
    CHECK(table.columns[0].name == "1.5");
    CHECK(cells(table, 1) == Cells{"0.001"});
    std::setlocale(LC_ALL, before.c_str());
}
