#include "data.hpp"

#include "arrays.hpp"
#include "base/heap.hpp"

#include <string>
#include <utility>

namespace nib::bench {

std::string random_words()
{
    std::string bytes = "abcdefghijklmnopqrstuvwxyz\n";
    std::uint32_t state = 1;
    const auto draw = [&](std::uint32_t n) { return (state = state * 1664525u + 1013904223u) / 65536 % n; };
    for (int word = 0; word < 5000; ++word) {
        for (std::uint32_t left = 3 + draw(7); left > 0; --left) bytes += static_cast<char>('a' + draw(26));
        bytes += '\n';
    }
    return bytes;
}

namespace {

Dataset make_numbers()
{
    constexpr std::ptrdiff_t rows = 4096, features = 16, targets = 4;
    Schema schema;
    schema.columns.resize(features);
    for (std::size_t i = 0; i < features; ++i) schema.columns[i].place = static_cast<std::ptrdiff_t>(i);
    schema.task = Task::numbers;
    schema.targets.resize(targets);
    for (std::ptrdiff_t i = 0; i < targets; ++i) schema.target_places.push_back(features + i);
    schema.table_columns = features + targets;
    TablePart part;
    part.owned.rows = rows;
    part.owned.features = features;
    part.owned.x = filled(rows * features);
    part.owned.targets = filled(rows * targets);
    part.view = view_of(part.owned, targets);
    return Dataset(DataTable(std::move(schema), {std::move(part), TablePart{}, TablePart{}}));
}

} // namespace

const Dataset& words()
{
    static const Dataset data(Text(random_words(), "generated words", {}, process_heap()));
    return data;
}

const Dataset& numbers()
{
    static const Dataset data = make_numbers();
    return data;
}

} // namespace nib::bench
