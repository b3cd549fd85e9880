// Conditions that hold for every table that was read, from any format.
#pragma once

#include "fuzz/fuzz.hpp"
#include "io/encode_rows.hpp"
#include "io/infer_schema.hpp"
#include "io/raw_table.hpp"
#include "io/split.hpp"

#include <cmath>
#include <string>

namespace nib::fuzz {

inline void check_column(const RawTable& table, std::ptrdiff_t place)
{
    const RawColumn& column = table.columns[static_cast<std::size_t>(place)];
    for (std::ptrdiff_t row = 0; row < table.rows; ++row) {
        if (column.kind == RawKind::numbers)
            require(!std::isinf(table.numbers(place)[row]), "a number is finite or missing");
        if (column.kind == RawKind::words)
            require(column.ids[static_cast<std::size_t>(row)] < static_cast<std::int32_t>(column.words.size()),
                    "a word is one of the column's");
    }
    require(!table.cell(table.rows - 1, place).empty(), "a cell has a name");
}

inline void check_table(const RawTable& table)
{
    require(table.rows > 0 && !table.columns.empty(), "a table has rows and columns");
    for (std::size_t place = 0; place < table.columns.size(); ++place)
        check_column(table, static_cast<std::ptrdiff_t>(place));
}

// Learns the last column, unless the table states its targets.
inline InferredSchema schema_of(const RawTable& table)
{
    SchemaOptions options;
    if (table.targets.empty()) options.targets = {std::to_string(table.columns.size())};
    options.missing = Missing::fill_and_flag;
    return infer_schema(table, options);
}

inline void check_rows(const TableRows& rows, const Schema& schema)
{
    for (const float number : rows.x) require(std::isfinite(number), "what a network reads is finite");
    for (const float number : rows.targets) require(std::isfinite(number), "what it learns is finite");
    for (const std::int32_t each : rows.classes)
        require(each >= 0 && each < static_cast<std::int32_t>(schema.classes.size()), "a class is one of the schema's");
}

// Goes from a table to the rows of a split.
inline void use(const RawTable& table, Memory* memory)
{
    check_table(table);
    Schema schema = schema_of(table).schema;
    const Buffer<std::int32_t> classes = encode_classes(table, schema, memory);
    const SplitRows split = split_rows(table.rows, classes.span(), {0.2, 0}, 42, memory);
    set_fills(table, split.train.span(), schema);
    check_rows(encode_rows(table, schema, split.train.span(), TargetUse::required, memory), schema);
    check_rows(encode_rows(table, schema, split.val.span(), TargetUse::required, memory), schema);
}

} // namespace nib::fuzz
