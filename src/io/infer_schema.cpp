#include "io/infer_schema.hpp"

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "io/schema_match.hpp"
#include "io/visible.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <set>

namespace nib {

namespace {

using Places = std::vector<std::ptrdiff_t>;

bool contains(const Places& places, std::ptrdiff_t place)
{
    return std::find(places.begin(), places.end(), place) != places.end();
}

// The column that an option gives by its name, or by its number from 1.
std::ptrdiff_t place_of(const RawTable& table, const std::string& text)
{
    const auto count = static_cast<std::ptrdiff_t>(table.columns.size());
    for (std::ptrdiff_t i = 0; i < count && table.has_names(); ++i) {
        if (table.columns[static_cast<std::size_t>(i)].name == text) return i;
    }
    std::ptrdiff_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && number >= 1 && number <= count) return number - 1;
    std::vector<std::string> names;
    for (const RawColumn& column : table.columns) names.push_back(column.name);
    const std::string expected =
        table.has_names() ? expected_of(names, text) : std::string("a number from 1 to ").append(std::to_string(count));
    throw Error(NIB_ERR_INVALID_ARGUMENT, "%s: no column '%s', expected %s", table.name.c_str(),
                visible(shortened(text)).c_str(), expected.c_str());
}

Places places_of(const RawTable& table, std::span<const std::string> texts)
{
    Places places;
    for (const std::string& text : texts) {
        const std::ptrdiff_t place = place_of(table, text);
        if (contains(places, place)) {
            throw Error(NIB_ERR_INVALID_ARGUMENT, "%s: column %s is named twice", table.name.c_str(),
                        table.column_text(place).c_str());
        }
        places.push_back(place);
    }
    return places;
}

Places targets_of(const RawTable& table, const SchemaOptions& options)
{
    if (!options.targets.empty()) return places_of(table, options.targets);
    if (table.targets.empty()) {
        throw Error(NIB_ERR_INVALID_ARGUMENT, "%s: expected the name or the number of the column to learn (target)",
                    table.name.c_str());
    }
    return table.targets;
}

[[noreturn, gnu::format(printf, 3, 4)]] void refuse_column(const RawTable& table, std::ptrdiff_t place,
                                                           const char* format, ...)
{
    char what[256];
    std::va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    throw Error(NIB_ERR_DATA, "%s: column %s %s", table.name.c_str(), table.column_text(place).c_str(), what);
}

const RawColumn& column_of(const RawTable& table, std::ptrdiff_t place)
{
    return table.columns[static_cast<std::size_t>(place)];
}

// For every column, the first row whose cell is missing; the number of rows if there is none.
Places first_missing(const RawTable& table)
{
    Places first(table.columns.size(), table.rows);
    const std::ptrdiff_t width = table.block_columns;
    for (std::ptrdiff_t i = 0; i < width * table.rows; ++i) {
        std::ptrdiff_t& row = first[static_cast<std::size_t>(i % width)];
        if (std::isnan(table.block[static_cast<std::size_t>(i)])) row = std::min(row, i / width);
    }
    for (std::ptrdiff_t place = width; place < static_cast<std::ptrdiff_t>(first.size()); ++place) {
        const RawColumn& column = column_of(table, place);
        if (column.kind != RawKind::numbers && column.kind != RawKind::words) continue;
        const NumberView numbers = table.numbers(place);
        const auto is_missing = [&](std::ptrdiff_t row) {
            return column.kind == RawKind::words ? column.ids[static_cast<std::size_t>(row)] < 0
                                                 : std::isnan(numbers[row]);
        };
        std::ptrdiff_t row = 0;
        while (row < table.rows && !is_missing(row)) ++row;
        first[static_cast<std::size_t>(place)] = row;
    }
    return first;
}

// row: the first row whose cell is missing.
Column input_column(const RawTable& table, std::ptrdiff_t place, std::ptrdiff_t row, Missing missing)
{
    const RawColumn& from = column_of(table, place);
    if (from.kind == RawKind::many_words || from.words.size() > SchemaOptions::most_words) {
        const bool is_known = from.kind != RawKind::many_words;
        refuse_column(table, place, "has %s%zu different words, expected at most %zu: leave it out (drop)",
                      is_known ? "" : "more than ", is_known ? from.words.size() : RawColumn::most_words,
                      SchemaOptions::most_words);
    }
    Column column;
    column.name = from.name;
    column.place = place;
    if (from.kind == RawKind::words) column.words = from.words;
    std::sort(column.words.begin(), column.words.end());
    if (row < table.rows && missing == Missing::refuse) {
        throw Error(NIB_ERR_DATA, "%s: missing: expected a %s (missing=mean fills it)", table.cell(row, place).c_str(),
                    column.words.empty() ? "number" : "word");
    }
    column.may_miss = missing != Missing::refuse;
    column.is_flagged = missing == Missing::fill_and_flag && row < table.rows;
    return column;
}

// The distinct numbers of a column, in ascending order; stops when there are more than `most`.
std::set<double> different(const RawTable& table, std::ptrdiff_t place, std::size_t most)
{
    std::set<double> numbers;
    const NumberView view = table.numbers(place);
    for (std::ptrdiff_t row = 0; row < table.rows && numbers.size() <= most; ++row)
        if (!std::isnan(view.exact(row))) numbers.insert(view.exact(row) + 0.0); // 0 for -0
    return numbers;
}

// Whether the numbers are whole and few enough to be classes.
bool may_be_classes(const RawTable& table, std::ptrdiff_t place)
{
    const std::set<double> numbers = different(table, place, SchemaOptions::most_guessed);
    const auto is_whole = [](double number) { return number == std::trunc(number); };
    return numbers.size() <= SchemaOptions::most_guessed &&
           static_cast<std::ptrdiff_t>(10 * numbers.size()) <= table.rows &&
           std::all_of(numbers.begin(), numbers.end(), is_whole);
}

Task task_of(const RawTable& table, const Places& targets, const SchemaOptions& options, std::string& note)
{
    const std::ptrdiff_t first = targets.front();
    const bool are_words = column_of(table, first).kind != RawKind::numbers;
    if (options.task) return *options.task;
    if (targets == table.targets && table.task) return *table.task;
    if (targets.size() > 1) return Task::numbers;
    if (are_words) return Task::classes;
    if (!may_be_classes(table, first)) return Task::numbers;
    note = table.name + ": column " + table.column_text(first) + " holds " +
           std::to_string(different(table, first, SchemaOptions::most_guessed).size()) +
           " different whole numbers: they are taken for classes (task=regress takes them for numbers)";
    return Task::classes;
}

std::vector<std::string> numbered_classes(const RawTable& table, std::ptrdiff_t place)
{
    const std::set<double> numbers = different(table, place, RawColumn::most_words);
    if (numbers.size() > RawColumn::most_words)
        refuse_column(table, place, "has more than %zu different numbers, expected classes", RawColumn::most_words);
    std::vector<std::string> classes;
    for (const double number : numbers) {
        // From here on, a double may stand for several whole numbers.
        if (std::fabs(number) >= 0x1p53)
            refuse_column(table, place, "has the class %.17g, expected numbers of at most 9007199254740991", number);
        classes.push_back(number_text(number));
    }
    return classes;
}

std::vector<std::string> classes_of(const RawTable& table, std::ptrdiff_t place)
{
    const RawColumn& column = column_of(table, place);
    if (column.kind == RawKind::many_words)
        refuse_column(table, place, "has more than %zu different words, expected classes", RawColumn::most_words);
    std::vector<std::string> classes = column.words;
    std::sort(classes.begin(), classes.end());
    if (column.kind == RawKind::numbers) classes = numbered_classes(table, place);
    if (classes.size() == 1) {
        refuse_column(table, place, "has the class '%s' alone, expected two at least",
                      visible(shortened(classes[0])).c_str());
    }
    return classes;
}

void check_targets(const RawTable& table, const Places& targets, const Places& missing, Task task)
{
    if (task == Task::classes && targets.size() > 1) {
        throw Error(NIB_ERR_INVALID_ARGUMENT, "%s: %zu columns to learn, expected one of classes, or task=regress",
                    table.name.c_str(), targets.size());
    }
    for (const std::ptrdiff_t place : targets) {
        const RawColumn& column = column_of(table, place);
        if (task == Task::numbers && column.kind != RawKind::numbers)
            refuse_column(table, place, "holds words, expected numbers to learn");
        const std::ptrdiff_t row = missing[static_cast<std::size_t>(place)];
        if (row < table.rows) {
            throw Error(NIB_ERR_DATA, "%s: missing: expected %s, as a column to learn is never filled",
                        table.cell(row, place).c_str(), task == Task::classes ? "a class" : "a number");
        }
    }
}

void check_features(const RawTable& table, const Schema& schema)
{
    if (schema.columns.empty()) {
        throw Error(NIB_ERR_INVALID_ARGUMENT, "%s: no column is left to learn from, expected one at least",
                    table.name.c_str());
    }
    if (schema.features() <= Schema::most_features) return;
    throw Error(NIB_ERR_DATA, "%s: %td numbers a row, a column of words being one for each word: expected at most %td",
                table.name.c_str(), schema.features(), Schema::most_features);
}

} // namespace

InferredSchema infer_schema(const RawTable& table, const SchemaOptions& options)
{
    const Places targets = targets_of(table, options), dropped = places_of(table, options.drop);
    for (const std::ptrdiff_t place : targets) {
        if (!contains(dropped, place)) continue;
        throw Error(NIB_ERR_INVALID_ARGUMENT, "%s: column %s is to be learned and to be left out", table.name.c_str(),
                    table.column_text(place).c_str());
    }
    InferredSchema result;
    Schema& schema = result.schema;
    schema.task = task_of(table, targets, options, result.note);
    const Places missing = first_missing(table);
    check_targets(table, targets, missing, schema.task);
    schema.table_columns = static_cast<std::ptrdiff_t>(table.columns.size());
    schema.target_places = targets;
    for (const std::ptrdiff_t place : targets) schema.targets.push_back(column_of(table, place).name);
    if (schema.task == Task::classes) schema.classes = classes_of(table, targets.front());
    // A target that the file names is no input either, even if the options give another target.
    for (std::ptrdiff_t place = 0; place < schema.table_columns; ++place) {
        if (contains(targets, place) || contains(dropped, place) || contains(table.targets, place)) continue;
        schema.columns.push_back(input_column(table, place, missing[static_cast<std::size_t>(place)], options.missing));
    }
    check_features(table, schema);
    return result;
}

void set_fills(const RawTable& table, std::span<const std::uint32_t> rows, Schema& schema)
{
    struct Sum {
        NumberView numbers;
        Column* column;
        double sum = 0;
        std::ptrdiff_t count = 0;
    };
    std::vector<Sum> sums;
    for (Column& column : schema.columns)
        if (column.may_miss && column.words.empty()) sums.push_back({table.numbers(column.place), &column});
    constexpr std::size_t chunk = 64; // rows that stay in the nearest caches if columns lie beside each other
    for (std::size_t first = 0; first < rows.size(); first += chunk) {
        for (Sum& each : sums) {
            for (const std::uint32_t row : rows.subspan(first, std::min(chunk, rows.size() - first))) {
                const double number = each.numbers.exact(row);
                if (std::isnan(number)) continue;
                each.sum += number;
                ++each.count;
            }
        }
    }
    for (const Sum& each : sums)
        each.column->fill = each.count == 0 ? 0.0f : static_cast<float>(each.sum / static_cast<double>(each.count));
}

} // namespace nib
