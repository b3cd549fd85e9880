// From a table as it was read to what its columns are for.
#pragma once

#include "io/raw_table.hpp"
#include "io/schema.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace nib {

// What becomes of a missing cell of an input column.
enum class Missing {
    refuse,
    fill,          // the mean of the column's training rows; of words, 0 for each
    fill_and_flag, // and one more number behind each column that has missing cells
};

struct SchemaOptions {
    static constexpr std::size_t most_words = 1000; // of an input column
    static constexpr std::size_t most_guessed = 20; // classes that are numbers, where nobody said that they are classes

    // Columns by name, or by number from 1 where no column has such a name. No targets: what the file itself says.
    std::vector<std::string> targets, drop;
    Missing missing = Missing::refuse;
    std::optional<Task> task; // none: what the targets are, see below
};

struct InferredSchema {
    Schema schema;
    std::string note; // a sentence on what was guessed; "": nothing was
};

// Where the task is not given: words are classes; whole numbers of at most 20 different values, which are at most a
// tenth of the rows, are too, and the note says so; other numbers, and several targets, are numbers. Fills are 0 until
// set_fills. Throws NIB_ERR_DATA, and NIB_ERR_INVALID_ARGUMENT for options that do not fit the table.
InferredSchema infer_schema(const RawTable& table, const SchemaOptions& options);

// Sets the fills of columns of numbers that may miss to their means over these rows of the table that the schema was
// inferred from; 0 where all are missing.
void set_fills(const RawTable& table, std::span<const std::uint32_t> rows, Schema& schema);

} // namespace nib
