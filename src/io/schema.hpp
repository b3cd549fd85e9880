// What the rows of a table are: columns that a network reads, and what it answers. A model keeps it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace nib {

enum class Task {
    classes, // one of some classes
    numbers, // one number or several
};

// A column of the input. It becomes one number; a column of words becomes one number for each word, 1 for the word that
// stands there and 0 for the others.
struct Column {
    std::string name;               // "" where the table has no names
    std::ptrdiff_t place = 0;       // in the table, from 0
    std::vector<std::string> words; // ascending by bytes; none: the column holds numbers
    bool may_miss = false;          // a missing cell becomes `fill`, or 0 for each word; otherwise it is an error
    bool is_flagged = false;        // one more number behind: 1 where the cell was missing, otherwise 0
    float fill = 0;

    std::ptrdiff_t features() const noexcept
    {
        return (words.empty() ? 1 : static_cast<std::ptrdiff_t>(words.size())) + (is_flagged ? 1 : 0);
    }
    friend bool operator==(const Column&, const Column&) = default;
};

struct Schema {
    static constexpr std::ptrdiff_t most_features = 65536; // what a linear can read

    std::vector<Column> columns; // in the order of the numbers that the network reads
    Task task = Task::classes;
    // The columns that are learned: their names, "" where the table has none, and their places in the table, from 0.
    std::vector<std::string> targets;
    std::vector<std::ptrdiff_t> target_places;
    // All columns of the table, targets and those left out included. A table without names that has as many is in the
    // same order; one that has as many as `columns` has those alone.
    std::ptrdiff_t table_columns = 0;
    std::vector<std::string> classes; // as written in the data: in ascending order, as numbers if all are numbers

    // A table has names for all columns or for none.
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
