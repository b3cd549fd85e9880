// Rows of a table as the numbers that a schema makes of them.
#pragma once

#include "io/csv.hpp"
#include "io/raw_table.hpp"
#include "io/schema.hpp"
#include "io/table_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace nib {

// Rows 0.. of the table by their index, in this order. The table may be another than the one that the schema was
// inferred from. Throws NIB_ERR_MISMATCH for a column, word or class that the schema or the table lacks, and
// NIB_ERR_DATA for a missing cell where none may be; both name the cell.
TableRows encode_rows(const RawTable& table, const Schema& schema, std::span<const std::uint32_t> rows,
                      TargetUse targets, Memory* memory);

// All rows, in the table's order.
TableRows encode_rows(const RawTable& table, const Schema& schema, TargetUse targets, Memory* memory);

// The classes alone, of every row: what split_rows is to know. Empty where the task is not classes.
Buffer<std::int32_t> encode_classes(const RawTable& table, const Schema& schema, Memory* memory);

} // namespace nib
