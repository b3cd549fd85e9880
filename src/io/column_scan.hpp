// A column of a CSV while it is read. A part of csv.hpp.
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
    // kind: words, ignored, or numbers, which become words when the first one comes.
    ColumnScan(std::string name, RawKind kind);

    // Room for so many rows, of which some are there.
    void reserve(std::size_t rows, std::size_t capacity, Memory* memory);

    // A cell of the row at hand, which is this one. There is room for it.
    void put(const CsvRows& from, const CsvCell& cell, std::size_t row, Memory* memory)
    {
        if (cell.kind == CellKind::number && column_.numbers.size() > 0 && !needs_double(cell.number)) {
            has_numbers_ = true;
            column_.numbers[row] = static_cast<float>(cell.number);
        } else {
            put_other(from, cell, row, memory);
        }
    }

    // Numbers came before the first word: the column has to be read once more, as words.
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
    std::ptrdiff_t infinite_line_ = 0; // of the first infinite number; 0: none
    std::string infinite_;             // its text
    std::map<std::string, std::int32_t, std::less<>> ids_;
};

} // namespace nib
