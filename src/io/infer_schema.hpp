// Infers the roles of the columns from a table as it was read.
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

// How a missing cell of an input column is treated.
enum class Missing {
    refuse,
    fill,          // by the mean of the column's training rows; for words, 0 for each
    fill_and_flag, // and one more number follows each column that has missing cells
};

struct SchemaOptions {
    static constexpr std::size_t most_words = 1000; // of an input column
    static constexpr std::size_t most_guessed = 20; // classes that are numbers, if no option says that they are classes

    // Columns by name, or by number from 1 if no column has such a name. No targets: those that the file states.
    std::vector<std::string> targets, drop;
    Missing missing = Missing::refuse;
    std::optional<Task> task; // none: decided by the targets, see below
};

struct InferredSchema {
    Schema schema;
    std::string note; // a sentence on what was guessed; "": nothing
};

// If the task is not given: words are classes; so are whole numbers of at most 20 distinct values, if these are at most
// a tenth of the rows, and the note says so; other numbers, and several targets, are numbers. Fills are 0 until
// set_fills. Throws NIB_ERR_DATA, and NIB_ERR_INVALID_ARGUMENT for options that do not fit the table.
InferredSchema infer_schema(const RawTable& table, const SchemaOptions& options);

// Sets the fills of number columns that may have missing cells to their means over these rows of the table that the
// schema was inferred from; 0 if all cells are missing.
void set_fills(const RawTable& table, std::span<const std::uint32_t> rows, Schema& schema);

} // namespace nib
