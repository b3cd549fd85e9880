// A column of a CSV while it is being read. A part of csv.hpp.
#pragma once

#include "io/csv_rows.hpp"
#include "io/raw_table.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace nib {

class ColumnScan {
public:
    // kind: words, ignored, or numbers, which changes to words at the first word.
    ColumnScan(std::string name, RawKind kind);

    // Makes room for `capacity` rows; the first `rows` are filled.
    void reserve(std::size_t rows, std::size_t capacity, Memory* memory);

    // Adds a cell of the current row, whose number is `row`. There must be room for it.
    void put(const CsvRows& from, const CsvCell& cell, std::size_t row, Memory* memory)
    {
        if (cell.kind == CellKind::number && column_.numbers.size() > 0 && !needs_double(cell.number)) {
            has_numbers_ = true;
            column_.numbers[row] = static_cast<float>(cell.number);
        } else {
            put_other(from, cell, row, memory);
        }
    }

    // True if numbers came before the first word: the column has to be read once more, as words.
    bool is_mixed() const noexcept { return is_mixed_; }

    // Throws NIB_ERR_DATA if a number was infinite.
    void check_finite(const std::string& file, const std::string& column) const;

    RawColumn take() { return std::move(column_); }

private:
    void put_other(const CsvRows& from, const CsvCell& cell, std::size_t row, Memory* memory);
    void put_number(double number, std::size_t row, Memory* memory);
    void put_word(const CsvRows& from, const CsvCell& cell, std::size_t row);
    void become_words(std::size_t rows, Memory* memory);

    RawColumn column_;
    bool has_numbers_ = false, is_mixed_ = false;
    std::ptrdiff_t infinite_line_ = 0; // line of the first infinite number; 0: none
    std::string infinite_;             // its text
    std::map<std::string, std::int32_t, std::less<>> ids_;
};

} // namespace nib
