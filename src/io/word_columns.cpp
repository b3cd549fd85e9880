#include "io/word_columns.hpp"

#include "io/visible.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace nib {

namespace {

// "-12,5"
bool has_decimal_comma(std::string_view word)
{
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!word.empty() && (word.front() == '-' || word.front() == '+')) word.remove_prefix(1);
    const std::size_t comma = word.find(',');
    if (comma == std::string_view::npos || comma == 0 || comma + 1 == word.size()) return false;
    const std::string_view whole = word.substr(0, comma), fraction = word.substr(comma + 1);
    return std::all_of(whole.begin(), whole.end(), is_digit) && std::all_of(fraction.begin(), fraction.end(), is_digit);
}

// Whole numbers among them are written without a comma.
bool are_numbers_with_comma(const std::vector<std::string>& words)
{
    const auto is_whole = [](const std::string& word) { return word.find_first_not_of("0123456789+-") == word.npos; };
    const auto commas = std::count_if(words.begin(), words.end(), has_decimal_comma);
    const auto wholes = std::count_if(words.begin(), words.end(), is_whole);
    return commas > 0 && commas + wholes == static_cast<std::ptrdiff_t>(words.size());
}

std::string describe(const Column& column, std::uint32_t rows)
{
    std::string text = "column " + column_label(column.name, column.place);
    const std::string count = std::to_string(column.words.size());
    if (are_numbers_with_comma(column.words))
        return text.append(" has numbers with a decimal comma, which are taken for ")
            .append(count)
            .append(" words: expected a decimal point");
    constexpr std::size_t few = 20;
    if (column.words.size() <= few || column.words.size() <= rows / 2) return "";
    return text.append(" has ")
        .append(count)
        .append(" different words for ")
        .append(std::to_string(rows))
        .append(" training rows, and each word becomes a number: leave it out (drop) if it only names the rows");
}

} // namespace

std::string describe_word_columns(const DataTable& table)
{
    constexpr std::size_t most = 3;
    std::string text;
    std::size_t found = 0;
    for (const Column& column : table.schema().columns) {
        const std::string line = column.words.empty() ? "" : describe(column, table.examples(NIB_SPLIT_TRAIN));
        if (line.empty() || ++found > most) continue;
        text.append(text.empty() ? "" : "\n").append(line);
    }
    if (found > most) text.append("\nand ").append(std::to_string(found - most)).append(" more such columns");
    return text;
}

} // namespace nib
