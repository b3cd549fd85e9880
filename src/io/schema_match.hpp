// A schema and the tables that it is to read.
#pragma once

#include "io/csv.hpp"
#include "io/schema.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nib {

// Where the columns of a schema stand in a table.
struct SchemaMatch {
    std::vector<std::ptrdiff_t> columns; // one for each of the schema's
    std::vector<std::ptrdiff_t> targets; // the same; empty: not in the table, or not asked for
};

// By names where both have names, else by count. names: the table's, "" each or none. file stands in messages. Throws
// NIB_ERR_MISMATCH naming what is not there.
SchemaMatch match_schema(const Schema& schema, std::span<const std::string> names, const std::string& file,
                         TargetUse targets);

// The classes as numbers; none if one of them is a word.
std::optional<std::vector<double>> class_numbers(const Schema& schema);

// For messages: words that were expected, all of them where they are few; else how many, and the one that this may be a
// slip of: "cat, dog or horse (dog?)", "one of 120 (setosa?)".
std::string expected_of(std::span<const std::string> words, std::string_view instead);

} // namespace nib
