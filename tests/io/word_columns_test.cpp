#include "io/word_columns.hpp"

#include "catch.hpp"
#include "tables.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

// Ten rows for each eight of training; the columns have these words.
std::string described(std::size_t rows, const std::vector<std::vector<std::string>>& words)
{
    Schema schema;
    for (const std::vector<std::string>& each : words)
        schema.columns.push_back(
            {.name = std::string(1, 'c').append(std::to_string(schema.columns.size())), .words = each});
    schema.targets = {"class"};
    schema.classes = {"a", "b"};
    TableRows made = empty_rows(rows, static_cast<std::size_t>(schema.features()));
    made.classes = Buffer<std::int32_t>(rows, heap());
    for (std::size_t i = 0; i < rows; ++i) made.classes[i] = static_cast<std::int32_t>(i % 2);
    const Dataset data = table_of(std::move(schema), std::move(made));
    return describe_word_columns(*data.table());
}

// "w0", "w1" ... and so many.
std::vector<std::string> words(std::size_t count)
{
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(std::string(1, 'w').append(std::to_string(i)));
    return all;
}

} // namespace

TEST_CASE("a column with a word for every other row is named, one of few words is not")
{
    CHECK(described(100, {words(3), words(20), words(40)}).empty());
    CHECK(described(10, {words(8)}).empty()); // few words, however few rows there are
    CHECK(described(100, {words(3), words(41)}) ==
          "column 'c1' has 41 different words for 80 training rows, and each word becomes a number: leave it out "
          "(drop) if it only names the rows");
    const std::string many = described(100, {words(50), words(50), words(50), words(50), words(50)});
    CHECK(many.find("'c2'") != std::string::npos);
    CHECK(many.find("'c3'") == std::string::npos);
    CHECK(many.ends_with("\nand 2 more such columns"));
}

TEST_CASE("numbers with a decimal comma are recognised")
{
    CHECK(described(100, {{"-1,25", "12", "3,5"}}) ==
          "column 'c0' has numbers with a decimal comma, which are taken for 3 words: expected a decimal point");
    CHECK(described(100, {{"1,5", "a,b"}}).empty());
    CHECK(described(100, {{"1,", ",5", "1,2"}}).empty());
    CHECK(described(100, {{"7", "12"}}).empty());
}
