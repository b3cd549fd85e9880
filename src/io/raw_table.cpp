#include "io/raw_table.hpp"

#include "base/utf8.hpp"
#include "io/safetensors.hpp"
#include "io/visible.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace nib {

NumberView RawTable::numbers(std::ptrdiff_t column) const noexcept
{
    const RawColumn& from = columns[static_cast<std::size_t>(column)];
    if (column < block_columns) return {block.data() + column, block_columns};
    return from.wide.size() > 0 ? NumberView(from.wide.data()) : NumberView(from.numbers.data(), 1);
}

std::ptrdiff_t RawTable::line(std::ptrdiff_t row) const noexcept
{
    const auto behind = std::upper_bound(lines.begin(), lines.end(), row,
                                         [](std::ptrdiff_t r, const LineJump& jump) { return r < jump.row; });
    return behind == lines.begin() ? row + 1 : row + behind[-1].ahead;
}

std::string RawTable::column_text(std::ptrdiff_t column) const
{
    return column_label(columns[static_cast<std::size_t>(column)].name, column);
}

std::string RawTable::cell(std::ptrdiff_t row, std::ptrdiff_t column) const
{
    if (lines.size() > 0) return name + ", line " + std::to_string(line(row)) + ", column " + column_text(column);
    const bool is_array = column < array_columns;
    const std::ptrdiff_t others = static_cast<std::ptrdiff_t>(columns.size()) - array_columns;
    Shape shape = {static_cast<std::uint64_t>(rows)};
    if (is_array)
        shape.insert(shape.end(), row_shape.begin(), row_shape.end());
    else if (others > 1)
        shape.push_back(static_cast<std::uint64_t>(others));
    const std::ptrdiff_t index = is_array ? row * array_columns + column : row * others + column - array_columns;
    return (is_array ? array : target_array) + "[" + place_of(static_cast<std::size_t>(index), shape) + "]";
}

std::string number_text(double number)
{
    char text[32];
    const bool is_whole = number == std::trunc(number) && std::fabs(number) <= 0x1p53;
    // Prints no sign for a zero.
    const auto end = is_whole ? std::to_chars(text, text + sizeof text, static_cast<std::int64_t>(number)).ptr
                              : std::to_chars(text, text + sizeof text, static_cast<float>(number)).ptr;
    return {text, end};
}

} // namespace nib
