// Cuts a CSV into rows and cells. A part of csv.hpp and row_reader.hpp.
#pragma once

#include "base/buffer.hpp"
#include "io/csv.hpp"
#include "io/decimal.hpp"
#include "io/growing.hpp"

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>

namespace nib {

struct CsvCell {
    double number; // if the cell is one
    const char* start;
    std::size_t size;
    CellKind kind;

    // As written, without the blanks and the quotes around it.
    std::string_view text() const noexcept { return {start, size}; }
};

class CsvRows {
public:
    static constexpr std::size_t longest_row = std::size_t{16} << 20; // bytes

    // separator may be '\0': see CsvOptions.
    CsvRows(ReadSome read, const std::string& name, char separator, Memory* memory);

    // Moves to the next row that is not empty; false at the end. Reads only if no whole row is left in memory. Throws
    // NIB_ERR_DATA naming the line, after which there is no next row.
    bool next();

    std::span<const CsvCell> cells() const noexcept { return cells_.span(); } // valid until next()
    std::ptrdiff_t line() const noexcept { return line_; }                    // where the row begins, from 1
    const std::string& name() const noexcept { return name_; }

private:
    enum class Step { cell, row, need };

    bool fill();
    void start();
    bool parse();
    Step slow_cell(const char*& at, CsvCell& cell);
    Step quoted_cell(const char*& at, CsvCell& cell);
    Step end_cell(const char*& at);
    const char* skip_blanks(const char* at) const noexcept;
    bool at_end(const char* at) const noexcept { return at == data_.data() + end_; }
    bool is_blank(char c) const noexcept { return c == ' ' || (c == '\t' && separator_ != '\t'); }
    bool is_empty_line() const noexcept;
    [[noreturn]] void fail(std::ptrdiff_t line, const char* what);

    ReadSome read_;
    std::string name_;
    char separator_;
    Memory* memory_;
    Buffer<char> data_;
    std::size_t row_ = 0, end_ = 0;                       // begin of the current row; end of the data, where a 0 stands
    bool started_ = false, is_last_ = false;              // is_last_: no more data follow
    std::ptrdiff_t line_ = 0, next_line_ = 1, lines_ = 0; // lines_: ends of lines within the row
    Growing<CsvCell> cells_;
    std::deque<std::string> unquoted_; // of cells that hold quotes
};

} // namespace nib
