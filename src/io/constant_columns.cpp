#include "io/constant_columns.hpp"

#include "io/visible.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace nib {

namespace {

// Indices of the numbers that all rows have in common. row(i): the `width` numbers of row i.
template <class Row>
std::vector<std::size_t> constant_numbers(std::uint32_t rows, std::size_t width, Row row)
{
    std::vector<std::size_t> left(width);
    for (std::size_t i = 0; i < width; ++i) left[i] = i;
    const float* const first = row(0);
    for (std::uint32_t i = 1; i < rows && !left.empty(); ++i) {
        const float* const numbers = row(i);
        std::erase_if(left, [&](std::size_t k) { return numbers[k] != first[k]; });
    }
    return left;
}

// Columns all of whose numbers are constant.
std::vector<std::size_t> constant_columns(const Schema& schema, std::span<const std::size_t> numbers)
{
    std::vector<std::size_t> columns;
    std::size_t at = 0, end = 0;
    for (std::size_t column = 0; column < schema.columns.size(); ++column) {
        const auto features = static_cast<std::size_t>(schema.columns[column].features());
        const std::size_t before = at;
        end += features;
        while (at < numbers.size() && numbers[at] < end) ++at;
        if (at - before == features) columns.push_back(column);
    }
    return columns;
}

// "column 'a' has", "columns 'a', 'b' and 'c' have", "64 columns ('a', 'b', 'c' ...) have"
std::string subject(const char* kind, std::span<const std::string> names)
{
    constexpr std::size_t most = 4;
    const std::string one = kind;
    if (names.size() == 1) return one + " " + names[0] + " has";
    if (names.size() > most) {
        return std::to_string(names.size()) + " " + one + "s (" + names[0] + ", " + names[1] + ", " + names[2] +
               " ...) have";
    }
    std::string text = one + "s " + names[0];
    for (std::size_t i = 1; i + 1 < names.size(); ++i) text += ", " + names[i];
    return text + " and " + names.back() + " have";
}

std::vector<std::string> constant_inputs(const DataTable& table)
{
    const Schema& schema = table.schema();
    const std::vector<std::size_t> numbers =
        constant_numbers(table.examples(NIB_SPLIT_TRAIN), static_cast<std::size_t>(table.features()),
                         [&](std::uint32_t i) { return table.row(NIB_SPLIT_TRAIN, i); });
    std::vector<std::string> names;
    for (const std::size_t i : constant_columns(schema, numbers))
        names.push_back(column_label(schema.columns[i].name, schema.columns[i].place));
    return names;
}

std::vector<std::string> constant_targets(const DataTable& table)
{
    const Schema& schema = table.schema();
    std::vector<std::string> names;
    if (schema.task == Task::classes) return names;
    for (const std::size_t i : constant_numbers(table.examples(NIB_SPLIT_TRAIN), schema.targets.size(),
                                                [&](std::uint32_t row) { return table.targets(NIB_SPLIT_TRAIN, row); }))
        names.push_back(column_label(schema.targets[i], schema.target_places[i]));
    return names;
}

} // namespace

std::string describe_constant_columns(const DataTable& table)
{
    if (table.examples(NIB_SPLIT_TRAIN) < 2) return "";
    const std::vector<std::string> inputs = constant_inputs(table), targets = constant_targets(table);
    std::string text;
    if (!inputs.empty())
        text = subject("column", inputs) + " a single value in the training split: nothing can be learned from " +
               (inputs.size() == 1 ? "it" : "them");
    if (!targets.empty()) {
        if (!text.empty()) text += "; ";
        text += subject("target", targets) + " a single value in the training split: there is nothing to learn";
    }
    return text;
}

} // namespace nib
