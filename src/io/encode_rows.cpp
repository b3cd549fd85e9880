#include "io/encode_rows.hpp"

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "io/decimal.hpp"
#include "io/schema_match.hpp"
#include "io/visible.hpp"

#include <algorithm>
#include <cmath>
#include <new>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace nib {

namespace {

using Rows = std::span<const std::uint32_t>;

constexpr std::size_t chunk =
    64; // rows whose numbers stay in the nearest caches while columns are put beside each other

[[noreturn]] void refuse_missing(const RawTable& table, std::ptrdiff_t row, std::ptrdiff_t column, const char* expected)
{
    throw Error(NIB_ERR_DATA, "%s: missing: expected %s", table.cell(row, column).c_str(), expected);
}

[[noreturn]] void refuse_word(const RawTable& table, std::ptrdiff_t row, std::ptrdiff_t column, const std::string& word,
                              const std::string& expected)
{
    throw Error(NIB_ERR_MISMATCH, "%s: '%s': expected %s", table.cell(row, column).c_str(),
                visible(shortened(word)).c_str(), expected.c_str());
}

const RawColumn& column_of(const RawTable& table, std::ptrdiff_t place)
{
    const RawColumn& column = table.columns[static_cast<std::size_t>(place)];
    if (column.kind == RawKind::many_words) {
        throw Error(NIB_ERR_MISMATCH, "%s: column %s has more than %zu different words: expected those of the model",
                    table.name.c_str(), table.column_text(place).c_str(), RawColumn::most_words);
    }
    if (column.kind == RawKind::ignored) {
        throw Error(NIB_ERR_MISMATCH, "%s: column %s was not read", table.name.c_str(),
                    table.column_text(place).c_str());
    }
    return column;
}

// A column of numbers, which was read as numbers, or as words some of which may be numbers.
class NumberColumn {
public:
    NumberColumn(const RawTable& table, std::ptrdiff_t place)
        : table_(table), place_(place), column_(column_of(table, place)), view_(table.numbers(place))
    {
        for (const std::string& word : column_.words) {
            double number = 0;
            const bool is_number = classify_cell(word, number) == CellKind::number;
            by_word_.push_back(is_number ? kept_number(number) : std::nan(""));
        }
    }

    // NaN: missing.
    double operator[](std::ptrdiff_t row) const
    {
        if (column_.kind == RawKind::numbers) return view_.exact(row);
        const std::int32_t id = column_.ids[static_cast<std::size_t>(row)];
        if (id < 0) return std::nan("");
        const double number = by_word_[static_cast<std::size_t>(id)];
        if (!std::isnan(number)) return number;
        refuse_word(table_, row, place_, column_.words[static_cast<std::size_t>(id)], "a number");
    }

private:
    const RawTable& table_;
    std::ptrdiff_t place_;
    const RawColumn& column_;
    NumberView view_;
    std::vector<double> by_word_;
};

// Known words, found by their text or, if they are numbers, by their values.
class KnownWords {
public:
    explicit KnownWords(std::span<const std::string> words) : words_(words)
    {
        for (std::size_t i = 0; i < words.size(); ++i) {
            const auto index = static_cast<std::int32_t>(i);
            double number = 0;
            by_text_.emplace_back(words[i], index);
            if (classify_cell(words[i], number) == CellKind::number)
                by_number_.emplace_back(kept_number(number), index);
        }
        std::sort(by_text_.begin(), by_text_.end());
        std::sort(by_number_.begin(), by_number_.end());
    }

    // -1: not known.
    std::int32_t index_of(std::string_view text) const { return find(by_text_, text); }
    std::int32_t index_of(double number) const { return find(by_number_, number); }
    bool are_numbers() const noexcept { return by_number_.size() == words_.size(); }
    std::span<const std::string> words() const noexcept { return words_; }

private:
    template <class Key>
    static std::int32_t find(const std::vector<std::pair<Key, std::int32_t>>& sorted, const Key& key)
    {
        const auto found = std::lower_bound(sorted.begin(), sorted.end(), key,
                                            [](const auto& each, const Key& sought) { return each.first < sought; });
        return found != sorted.end() && found->first == key ? found->second : -1;
    }

    std::span<const std::string> words_;
    std::vector<std::pair<std::string_view, std::int32_t>> by_text_;
    std::vector<std::pair<double, std::int32_t>> by_number_;
};

// A column of known words, as their indices; it was read as words or as numbers.
class WordColumn {
public:
    // If all classes are numbers, a cell is of the class with the same number, however it is written.
    WordColumn(const RawTable& table, std::ptrdiff_t place, std::span<const std::string> words, bool is_class)
        : table_(table), place_(place), column_(column_of(table, place)), view_(table.numbers(place)), known_(words)
    {
        const bool by_number = is_class && known_.are_numbers();
        for (const std::string& word : column_.words) {
            double number = 0;
            const bool is_number = by_number && classify_cell(word, number) == CellKind::number;
            by_word_.push_back(is_number ? known_.index_of(kept_number(number)) : known_.index_of(word));
        }
    }

    // -1: missing.
    std::int32_t operator[](std::ptrdiff_t row) const
    {
        if (column_.kind == RawKind::words) {
            const std::int32_t id = column_.ids[static_cast<std::size_t>(row)];
            const std::int32_t index = id < 0 ? -1 : by_word_[static_cast<std::size_t>(id)];
            if (id >= 0 && index < 0) refuse(row, column_.words[static_cast<std::size_t>(id)]);
            return index;
        }
        const double number = view_.exact(row);
        if (std::isnan(number)) return -1;
        const std::int32_t index = known_.index_of(number);
        if (index < 0) refuse(row, number_text(number));
        return index;
    }

private:
    [[noreturn]] void refuse(std::ptrdiff_t row, const std::string& word) const
    {
        refuse_word(table_, row, place_, word, expected_of(known_.words(), word));
    }

    const RawTable& table_;
    std::ptrdiff_t place_;
    const RawColumn& column_;
    NumberView view_;
    KnownWords known_;
    std::vector<std::int32_t> by_word_;
};

// Writes rows of one input column into their places. to: the first row's place; each row has `features` numbers.
class InputColumn {
public:
    InputColumn(const RawTable& table, const Column& column, std::ptrdiff_t place)
        : table_(table), column_(column), place_(place)
    {
        if (column.words.empty())
            numbers_.emplace(table, place);
        else
            words_.emplace(table, place, column.words, false);
    }

    void put(Rows rows, float* to, std::size_t features) const
    {
        for (const std::uint32_t row : rows) {
            if (numbers_)
                put_number(row, to);
            else
                put_word(row, to);
            to += features;
        }
    }

private:
    void put_number(std::ptrdiff_t row, float* to) const
    {
        const auto number = static_cast<float>((*numbers_)[row]);
        const bool is_missing = std::isnan(number);
        if (is_missing && !column_.may_miss) refuse_missing(table_, row, place_, "a number");
        to[0] = is_missing ? column_.fill : number;
        if (column_.is_flagged) to[1] = is_missing ? 1.0f : 0.0f;
    }

    // `to` must hold zeros.
    void put_word(std::ptrdiff_t row, float* to) const
    {
        const std::int32_t word = (*words_)[row];
        if (word < 0 && !column_.may_miss) refuse_missing(table_, row, place_, "a word");
        if (word >= 0) to[word] = 1;
        if (column_.is_flagged) to[column_.words.size()] = word < 0 ? 1.0f : 0.0f;
    }

    const RawTable& table_;
    const Column& column_;
    std::ptrdiff_t place_;
    std::optional<NumberColumn> numbers_;
    std::optional<WordColumn> words_;
};

// Whether a row of the block, apart from missing cells, is exactly what the network reads.
bool is_block(const RawTable& table, const Schema& schema, const SchemaMatch& match)
{
    const auto count = static_cast<std::ptrdiff_t>(match.columns.size());
    if (count != table.block_columns) return false;
    for (std::ptrdiff_t i = 0; i < count; ++i) {
        const Column& column = schema.columns[static_cast<std::size_t>(i)];
        if (match.columns[static_cast<std::size_t>(i)] != i || !column.words.empty() || column.is_flagged) return false;
    }
    return true;
}

bool has_missing(std::span<const float> numbers) noexcept
{
    int count = 0;
    for (const float number : numbers) count |= number != number ? 1 : 0;
    return count != 0;
}

void put_block(const RawTable& table, const std::vector<InputColumn>& columns, Rows rows, float* to)
{
    const auto width = static_cast<std::size_t>(table.block_columns);
    for (const std::uint32_t row : rows) {
        const std::span<const float> from(table.block.data() + row * width, width);
        std::copy(from.begin(), from.end(), to);
        if (has_missing(from)) {
            for (std::size_t i = 0; i < width; ++i) columns[i].put({&row, 1}, to + i, width);
        }
        to += width;
    }
}

void put_inputs(const RawTable& table, const Schema& schema, const SchemaMatch& match, Rows rows, TableRows& result)
{
    std::vector<InputColumn> columns;
    columns.reserve(match.columns.size());
    for (std::size_t i = 0; i < match.columns.size(); ++i)
        columns.emplace_back(table, schema.columns[i], match.columns[i]);
    if (is_block(table, schema, match)) return put_block(table, columns, rows, result.x.data());
    const auto features = static_cast<std::size_t>(result.features);
    for (std::size_t first = 0; first < rows.size(); first += chunk) {
        float* to = result.x.data() + first * features;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            columns[i].put(rows.subspan(first, std::min(chunk, rows.size() - first)), to, features);
            to += schema.columns[i].features();
        }
    }
}

void put_classes(const RawTable& table, const Schema& schema, std::ptrdiff_t place, Rows rows,
                 std::span<std::int32_t> classes)
{
    const WordColumn words(table, place, schema.classes, true);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        classes[i] = words[rows[i]];
        if (classes[i] < 0) refuse_missing(table, rows[i], place, "a class");
    }
}

void put_targets(const RawTable& table, const SchemaMatch& match, Rows rows, std::span<float> targets)
{
    const std::size_t count = match.targets.size();
    for (std::size_t i = 0; i < count; ++i) {
        const NumberColumn numbers(table, match.targets[i]);
        for (std::size_t j = 0; j < rows.size(); ++j) {
            const auto number = static_cast<float>(numbers[rows[j]]);
            if (std::isnan(number)) refuse_missing(table, rows[j], match.targets[i], "a number");
            targets[j * count + i] = number;
        }
    }
}

std::vector<std::string> names_of(const RawTable& table)
{
    std::vector<std::string> names;
    names.reserve(table.columns.size());
    for (const RawColumn& column : table.columns) names.push_back(column.name);
    return names;
}

Buffer<std::uint32_t> all_rows(const RawTable& table, Memory* memory)
{
    Buffer<std::uint32_t> rows(static_cast<std::size_t>(table.rows), memory);
    std::iota(rows.begin(), rows.end(), 0u);
    return rows;
}

} // namespace

TableRows encode_rows(const RawTable& table, const Schema& schema, std::span<const std::uint32_t> rows,
                      TargetUse targets, Memory* memory)
{
    const SchemaMatch match = match_schema(schema, names_of(table), table.name, targets);
    TableRows result;
    result.rows = static_cast<std::ptrdiff_t>(rows.size());
    result.features = schema.features();
    std::size_t numbers = 0;
    if (__builtin_mul_overflow(rows.size(), static_cast<std::size_t>(result.features), &numbers))
        throw std::bad_alloc();
    result.x = Buffer<float>(numbers, memory);
    put_inputs(table, schema, match, rows, result);
    if (!match.targets.empty() && schema.task == Task::classes) {
        result.classes = Buffer<std::int32_t>(rows.size(), memory);
        put_classes(table, schema, match.targets[0], rows, result.classes.span());
    } else if (!match.targets.empty()) {
        result.targets = Buffer<float>(rows.size() * match.targets.size(), memory);
        put_targets(table, match, rows, result.targets.span());
    }
    if (table.weights.size() > 0) {
        result.weights = Buffer<float>(rows.size(), memory);
        std::transform(rows.begin(), rows.end(), result.weights.begin(),
                       [&](std::uint32_t row) { return table.weights[row]; });
    }
    return result;
}

TableRows encode_rows(const RawTable& table, const Schema& schema, TargetUse targets, Memory* memory)
{
    return encode_rows(table, schema, all_rows(table, memory).span(), targets, memory);
}

Buffer<std::int32_t> encode_classes(const RawTable& table, const Schema& schema, Memory* memory)
{
    if (schema.task != Task::classes) return {};
    const SchemaMatch match = match_schema(schema, names_of(table), table.name, TargetUse::required);
    Buffer<std::int32_t> classes(static_cast<std::size_t>(table.rows), memory);
    put_classes(table, schema, match.targets.at(0), all_rows(table, memory).span(), classes.span());
    return classes;
}

} // namespace nib
