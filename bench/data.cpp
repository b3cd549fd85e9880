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

Dataset rows_of_numbers(std::ptrdiff_t rows, std::size_t features, std::ptrdiff_t targets)
{
    const auto columns = static_cast<std::ptrdiff_t>(features);
    Schema schema;
    schema.columns.resize(features);
    for (std::size_t i = 0; i < features; ++i) schema.columns[i].place = static_cast<std::ptrdiff_t>(i);
    schema.task = Task::numbers;
    schema.targets.resize(static_cast<std::size_t>(targets));
    for (std::ptrdiff_t i = 0; i < targets; ++i) schema.target_places.push_back(columns + i);
    schema.table_columns = columns + targets;
    TablePart part;
    part.owned.rows = rows;
    part.owned.features = columns;
    part.owned.x = filled(rows * columns);
    part.owned.targets = filled(rows * targets);
    part.view = view_of(part.owned, targets);
    return Dataset(DataTable(std::move(schema), {std::move(part), TablePart{}, TablePart{}}));
}

const Dataset& words()
{
    static const Dataset data(Text(random_words(), "generated words", {}, process_heap()));
    return data;
}

const Dataset& numbers()
{
    static const Dataset data = rows_of_numbers(4096, 16, 4);
    return data;
}

} // namespace nib::bench
