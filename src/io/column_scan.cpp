#include "io/column_scan.hpp"

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "io/csv_header.hpp"
#include "io/visible.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace nib {

ColumnScan::ColumnScan(std::string name, RawKind kind)
{
    column_.name = std::move(name);
    column_.kind = kind;
}

void ColumnScan::reserve(std::size_t rows, std::size_t capacity, Memory* memory)
{
    if (column_.kind == RawKind::words)
        resize_buffer(column_.ids, rows, capacity, memory);
    else if (column_.kind == RawKind::numbers && column_.wide.size() > 0)
        resize_buffer(column_.wide, rows, capacity, memory);
    else if (column_.kind == RawKind::numbers && !is_mixed_)
        resize_buffer(column_.numbers, rows, capacity, memory);
}

void ColumnScan::put_other(const CsvRows& from, const CsvCell& cell, std::size_t row, Memory* memory)
{
    if (column_.kind == RawKind::numbers && cell.kind == CellKind::word && !is_mixed_) become_words(row, memory);
    if (column_.kind == RawKind::words) {
        put_word(from, cell, row);
    } else if (column_.kind == RawKind::numbers && !is_mixed_) {
        if (cell.kind == CellKind::infinite && infinite_line_ == 0) {
            infinite_line_ = from.line();
            infinite_ = cell.text();
        }
        const bool is_number = cell.kind == CellKind::number;
        has_numbers_ = has_numbers_ || is_number;
        put_number(is_number ? cell.number : std::numeric_limits<double>::quiet_NaN(), row, memory);
    }
}

void ColumnScan::put_number(double number, std::size_t row, Memory* memory)
{
    if (column_.wide.size() == 0 && needs_double(number)) {
        column_.wide = Buffer<double>(column_.numbers.size(), memory);
        std::copy_n(column_.numbers.begin(), row, column_.wide.begin());
        column_.numbers = Buffer<float>();
    }
    if (column_.wide.size() == 0)
        column_.numbers[row] = static_cast<float>(number);
    else
        column_.wide[row] = kept_number(number);
}

// Makes this a column of words, if it had no numbers; the rows so far are then missing cells.
void ColumnScan::become_words(std::size_t rows, Memory* memory)
{
    const std::size_t capacity = column_.numbers.size();
    column_.numbers = Buffer<float>();
    column_.wide = Buffer<double>();
    is_mixed_ = has_numbers_ || infinite_line_ != 0;
    if (is_mixed_) return;
    column_.kind = RawKind::words;
    column_.ids = Buffer<std::int32_t>(capacity, memory);
    std::fill_n(column_.ids.begin(), rows, -1);
}

void ColumnScan::put_word(const CsvRows& from, const CsvCell& cell, std::size_t row)
{
    if (cell.kind == CellKind::missing) {
        column_.ids[row] = -1;
        return;
    }
    auto found = ids_.find(cell.text());
    if (found == ids_.end() && column_.words.size() == RawColumn::most_words) {
        column_.kind = RawKind::many_words;
        column_.ids = Buffer<std::int32_t>();
        column_.words = {};
        ids_ = {};
        return;
    }
    if (found == ids_.end()) {
        check_utf8(from, cell.text());
        found = ids_.emplace(cell.text(), static_cast<std::int32_t>(column_.words.size())).first;
        column_.words.emplace_back(cell.text());
    }
    column_.ids[row] = found->second;
}

void ColumnScan::check_finite(const std::string& file, const std::string& column) const
{
    if (infinite_line_ == 0 || column_.kind != RawKind::numbers || is_mixed_) return;
    throw Error(NIB_ERR_DATA, "%s, line %td, column %s: %s: expected a finite number, up to %.9g", file.c_str(),
                infinite_line_, column.c_str(), visible(shortened(infinite_)).c_str(),
                static_cast<double>(std::numeric_limits<float>::max()));
}

} // namespace nib
