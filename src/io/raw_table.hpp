// A table as a file stores it: columns of numbers and of words, before their roles are known.
#pragma once

#include "base/buffer.hpp"
#include "io/schema.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace nib {

enum class RawKind {
    numbers,
    words,
    many_words, // more than RawColumn::most_words: their cells are not kept
    ignored,    // not asked for: its cells are not kept
};

// The numbers of a column are in one of three places: in `numbers`, in `wide`, or in the table's block.
struct RawColumn {
    static constexpr std::size_t most_words = 65536;

    std::string name; // "" if the table has no names
    RawKind kind = RawKind::numbers;
    Buffer<float> numbers;          // (rows), NaN: missing
    Buffer<double> wide;            // (rows), NaN: missing; floats, and whole numbers that a float would round
    Buffer<std::int32_t> ids;       // (rows), for words: indices in words; -1: missing
    std::vector<std::string> words; // as written, in the order of their first cells
};

// The numbers of a column, wherever they are stored.
class NumberView {
public:
    NumberView(const float* first, std::ptrdiff_t stride) noexcept : narrow_(first), stride_(stride) {}
    explicit NumberView(const double* first) noexcept : wide_(first) {}

    // NaN: missing. A whole number of at most 2^53 is exact.
    double exact(std::ptrdiff_t row) const noexcept
    {
        return wide_ != nullptr ? wide_[row] : static_cast<double>(narrow_[row * stride_]);
    }
    float operator[](std::ptrdiff_t row) const noexcept
    {
        return wide_ != nullptr ? static_cast<float>(wide_[row]) : narrow_[row * stride_];
    }

private:
    const float* narrow_ = nullptr;
    const double* wide_ = nullptr;
    std::ptrdiff_t stride_ = 1;
};

// From this row on, until the next jump, row r stands in line r + ahead of the file.
struct LineJump {
    std::ptrdiff_t row, ahead;
};

// Every number is finite, or NaN for a missing cell.
struct RawTable {
    static constexpr std::ptrdiff_t most_rows = std::numeric_limits<std::uint32_t>::max() - 1; // indices of 32 bits
    static constexpr std::ptrdiff_t most_columns = 1 << 19;

    std::string name; // of the file, for messages
    std::ptrdiff_t rows = 0;
    std::vector<RawColumn> columns;

    // For tables from arrays. The first array_columns columns are an array of (rows, row_shape). They are in the block,
    // (rows, block_columns), unless they have memory of their own.
    Buffer<float> block;
    std::ptrdiff_t block_columns = 0, array_columns = 0;
    std::vector<std::uint64_t> row_shape; // for example 28, 28
    std::string array, target_array;      // names of that array and of the other columns in messages: "digits.npz, y"

    // Statements of the file itself: which columns are targets (places in columns; none: it does not say), their task,
    // and the rows' weights (empty: it does not say).
    std::vector<std::ptrdiff_t> targets;
    std::optional<Task> task;
    Buffer<float> weights;

    Buffer<LineJump> lines; // for a text; the first is for row 0

    bool has_names() const noexcept { return !columns.empty() && !columns.front().name.empty(); }

    // The column must be one of numbers.
    NumberView numbers(std::ptrdiff_t column) const noexcept;

    // For messages: "penguins.csv, line 5, column 'sex'", "digits.npz, x[4, 2]".
    std::string cell(std::ptrdiff_t row, std::ptrdiff_t column) const;

    // A column's name, "'sex'", or its number from 1 if there are no names, "3".
    std::string column_text(std::ptrdiff_t column) const;

    std::ptrdiff_t line(std::ptrdiff_t row) const noexcept; // for a text, from 1
};

// The shortest decimal that reads back as the same float; all digits of a whole number of at most 2^53.
std::string number_text(double number);

} // namespace nib
