#include "io/schema_text.hpp"

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "io/metadata.hpp"
#include "io/symbol.hpp"
#include "io/visible.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <span>

namespace nib {

namespace {

constexpr std::size_t most_text = std::size_t{16} << 20; // enough for 262,144 columns with names of 50 bytes
constexpr const char* task_words[] = {"classes", "numbers"};

// Adds a field to a line; tabs, line ends and backslashes are escaped with a backslash.
void add_field(std::string& text, std::string_view field)
{
    text += '\t';
    for (const char each : field) {
        if (each == '\t' || each == '\n' || each == '\\') text += '\\';
        text += each == '\t' ? 't' : each == '\n' ? 'n' : each;
    }
}

void add_line(std::string& text, const char* word, std::ptrdiff_t number)
{
    if (!text.empty()) text += '\n';
    text.append(word).append("\t").append(std::to_string(number));
}

using Fields = std::vector<std::string>;

[[noreturn]] void refuse(std::size_t line, const char* expected)
{
    throw Error(NIB_ERR_FORMAT, "line %zu: expected %s", line, expected);
}

Fields fields_of(std::string_view line, std::size_t number)
{
    Fields fields = {""};
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\t') {
            fields.emplace_back();
            continue;
        }
        if (line[i] != '\\') {
            fields.back() += line[i];
            continue;
        }
        const char next = ++i < line.size() ? line[i] : '\0';
        if (next != 't' && next != 'n' && next != '\\') refuse(number, "\\t, \\n or \\\\ behind a backslash");
        fields.back() += next == 't' ? '\t' : next == 'n' ? '\n' : next;
    }
    return fields;
}

template <class Number>
Number number_of(const std::string& field, std::size_t line, Number low, Number high)
{
    Number value{};
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc() || end != field.data() + field.size() || !(value >= low && value <= high))
        refuse(line, "a number in its range");
    return value;
}

constexpr std::ptrdiff_t most_places = 1 << 20;

// "column PLACE FILL FLAG NAME {WORD}": FILL is "-" if no cell may be missing; FLAG is 1 if a number marks missing
// cells.
Column column_of(const Fields& fields, std::size_t line)
{
    if (fields.size() < 5) refuse(line, "a place, a fill, a flag and a name");
    Column column;
    column.place = number_of<std::ptrdiff_t>(fields[1], line, 0, most_places);
    column.may_miss = fields[2] != "-";
    if (column.may_miss)
        column.fill =
            number_of(fields[2], line, std::numeric_limits<float>::lowest(), std::numeric_limits<float>::max());
    column.is_flagged = number_of(fields[3], line, 0, 1) == 1;
    column.name = fields[4];
    column.words.assign(fields.begin() + 5, fields.end());
    return column;
}

// How many columns from this one on, adjacent in the table, hold numbers, have no name and may not have missing cells.
std::size_t plain_columns(const std::vector<Column>& columns, std::size_t from)
{
    Column plain;
    plain.place = columns[from].place;
    std::size_t count = 0;
    for (; from + count < columns.size() && columns[from + count] == plain; ++plain.place) ++count;
    return count;
}

// "columns PLACE COUNT": COUNT such columns.
void add_plain_columns(const Fields& fields, std::size_t line, std::vector<Column>& columns)
{
    const auto place = number_of<std::ptrdiff_t>(fields[1], line, 0, most_places);
    const auto left = Schema::most_features - static_cast<std::ptrdiff_t>(columns.size());
    const auto count = number_of<std::ptrdiff_t>(fields[2], line, 1, left);
    for (std::ptrdiff_t i = 0; i < count; ++i) {
        columns.emplace_back();
        columns.back().place = place + i;
    }
}

// Checks a string of the schema; messages show it.
void check_text(const std::string& text, nib_status status, const char* what)
{
    for (std::size_t at = 0; at < text.size();) {
        const Symbol symbol = decode_symbol(NIB_ENCODING_UTF8, std::string_view(text).substr(at));
        if (symbol.fault != nullptr || symbol.value == 0)
            throw Error(status, "%s '%s': expected UTF-8 without NUL", what, shortened(visible(text)).c_str());
        at += symbol.size;
    }
}

void check_different(const std::vector<std::string>& texts, nib_status status, const char* what)
{
    std::set<std::string_view> seen;
    for (const std::string& each : texts) {
        check_text(each, status, what);
        if (!seen.insert(each).second)
            throw Error(status, "%s '%s' stands twice", what, shortened(visible(each)).c_str());
    }
}

} // namespace

std::string text_of(const Schema& schema)
{
    std::string text;
    add_line(text, task_words[static_cast<int>(schema.task)], schema.table_columns);
    for (std::size_t i = 0; i < schema.columns.size(); ++i) {
        const Column& each = schema.columns[i];
        if (const std::size_t count = plain_columns(schema.columns, i); count > 1) {
            add_line(text, "columns", each.place);
            add_field(text, std::to_string(count));
            i += count - 1;
            continue;
        }
        add_line(text, "column", each.place);
        add_field(text, each.may_miss ? shortest(static_cast<double>(each.fill)) : "-");
        add_field(text, each.is_flagged ? "1" : "0");
        add_field(text, each.name);
        for (const std::string& word : each.words) add_field(text, word);
    }
    for (std::size_t i = 0; i < schema.targets.size(); ++i) {
        add_line(text, "target", schema.target_places[i]);
        add_field(text, schema.targets[i]);
    }
    for (std::size_t i = 0; i < schema.classes.size(); ++i) {
        add_line(text, "class", static_cast<std::ptrdiff_t>(i));
        add_field(text, schema.classes[i]);
    }
    return text;
}

Schema read_schema(std::string_view text, std::vector<std::string> classes)
{
    if (text.size() > most_text) throw Error(NIB_ERR_FORMAT, "%zu bytes: expected 16 MiB at most", text.size());
    Schema schema;
    schema.classes = std::move(classes);
    std::size_t number = 0;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const Fields fields = fields_of(text.substr(at, end - at), ++number);
        at = end + 1;
        const std::string& word = fields.front();
        if (number == 1) {
            if (fields.size() != 2 || (word != task_words[0] && word != task_words[1]))
                refuse(number, "\"classes\" or \"numbers\", and the number of columns");
            schema.task = word == task_words[0] ? Task::classes : Task::numbers;
            schema.table_columns = number_of<std::ptrdiff_t>(fields[1], number, 0, most_places);
        } else if (word == "column") {
            schema.columns.push_back(column_of(fields, number));
        } else if (word == "columns" && fields.size() == 3) {
            add_plain_columns(fields, number, schema.columns);
        } else if (word == "target" && fields.size() == 3) {
            schema.target_places.push_back(number_of<std::ptrdiff_t>(fields[1], number, 0, most_places));
            schema.targets.push_back(fields[2]);
        } else if (word == "class" && fields.size() == 3) {
            if (number_of<std::size_t>(fields[1], number, 0, 65535) != schema.classes.size())
                refuse(number, "classes in their order, from 0");
            schema.classes.push_back(fields[2]);
        } else {
            refuse(number, "columns, a target or a class");
        }
    }
    check_schema(schema, NIB_ERR_FORMAT);
    return schema;
}

void check_schema(const Schema& schema, nib_status status)
{
    const std::ptrdiff_t features = schema.features();
    if (features < 1 || features > Schema::most_features)
        throw Error(status, "%td numbers a row: expected 1 to %td", features, Schema::most_features);
    for (const Column& each : schema.columns) {
        check_text(each.name, status, "column");
        check_different(each.words, status, "word");
        if (!std::isfinite(each.fill))
            throw Error(status, "a fill of %g: expected a finite number", static_cast<double>(each.fill));
    }
    for (const std::string& each : schema.targets) check_text(each, status, "target");
    check_different(schema.classes, status, "class");
    if (schema.target_places.size() != schema.targets.size())
        throw Error(status, "%zu columns to learn at %zu places", schema.targets.size(), schema.target_places.size());
    constexpr std::size_t most = 65536;
    if (schema.task == Task::classes && (schema.classes.size() < 2 || schema.classes.size() > most))
        throw Error(status, "%zu class%s: expected 2 to %zu", schema.classes.size(),
                    schema.classes.size() == 1 ? "" : "es", most);
    if (schema.task == Task::numbers && (schema.targets.empty() || schema.targets.size() > most))
        throw Error(status, "%zu numbers to learn: expected 1 to %zu", schema.targets.size(), most);
    if (schema.task == Task::numbers && !schema.classes.empty())
        throw Error(status, "numbers to learn, and %zu classes: expected one of both", schema.classes.size());
}

} // namespace nib
