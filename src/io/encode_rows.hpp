// Converts rows of a table to numbers, as a schema describes.
#pragma once

#include "io/csv.hpp"
#include "io/raw_table.hpp"
#include "io/schema.hpp"
#include "io/table_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace nib {

// Encodes the rows with these indices, from 0, in this order. The table may differ from the one that the schema was
// inferred from. Throws NIB_ERR_MISMATCH for a column, word or class that the schema or the table lacks, and
// NIB_ERR_DATA for a missing cell where none is allowed; both name the cell.
TableRows encode_rows(const RawTable& table, const Schema& schema, std::span<const std::uint32_t> rows,
                      TargetUse targets, Memory* memory);

// Encodes all rows, in the table's order.
TableRows encode_rows(const RawTable& table, const Schema& schema, TargetUse targets, Memory* memory);

// Encodes only the classes, of every row, for split_rows. Empty if the task is not classes.
Buffer<std::int32_t> encode_classes(const RawTable& table, const Schema& schema, Memory* memory);

} // namespace nib
