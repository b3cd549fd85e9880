// The schema of a table's rows: the columns that a network reads, and what it predicts. A model keeps it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace nib {

enum class Task {
    classes, // one of some classes
    numbers, // one number or several
};

// A column of the input. A column of numbers becomes one number. A column of words becomes one number for each word: 1
// for the word in the cell and 0 for the others.
struct Column {
    std::string name;               // "" if the table has no names
    std::ptrdiff_t place = 0;       // in the table, from 0
    std::vector<std::string> words; // ascending by bytes; none: the column holds numbers
    bool may_miss = false;          // a missing cell becomes `fill`, or 0 for each word; otherwise it is an error
    bool is_flagged = false;        // one more number follows: 1 if the cell was missing, otherwise 0
    float fill = 0;

    std::ptrdiff_t features() const noexcept
    {
        return (words.empty() ? 1 : static_cast<std::ptrdiff_t>(words.size())) + (is_flagged ? 1 : 0);
    }
    friend bool operator==(const Column&, const Column&) = default;
};

struct Schema {
    static constexpr std::ptrdiff_t most_features = 262144; // a picture of 3 x 224 x 224 has 150,528

    std::vector<Column> columns; // in the order of the numbers that the network reads
    Task task = Task::classes;
    // The target columns: their names, "" if the table has none, and their places in the table, from 0.
    std::vector<std::string> targets;
    std::vector<std::ptrdiff_t> target_places;
    // The number of columns of the table, including targets and dropped ones. A table without names must have this many
    // in the same order, or as many as `columns`, which are then only the input columns.
    std::ptrdiff_t table_columns = 0;
    std::vector<std::string> classes; // as written in the data, in ascending order: of numbers if all are numbers

    // A table has names either for all columns or for none.
    bool has_names() const noexcept
    {
        return !columns.empty() ? !columns.front().name.empty() : !targets.empty() && !targets.front().empty();
    }
    std::ptrdiff_t features() const noexcept
    {
        std::ptrdiff_t sum = 0;
        for (const Column& each : columns) sum += each.features();
        return sum;
    }
    friend bool operator==(const Schema&, const Schema&) = default;
};

} // namespace nib
