// Matches a schema to the tables that it is used to read.
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

// The places of a schema's columns in a table.
struct SchemaMatch {
    std::vector<std::ptrdiff_t> columns; // one for each of the schema's
    std::vector<std::ptrdiff_t> targets; // the same; empty: not in the table, or not requested
};

// Matches by names if both have names, else by the number of columns. names: the table's, each "" or none at all.
// Messages name file. Throws NIB_ERR_MISMATCH naming what is missing.
SchemaMatch match_schema(const Schema& schema, std::span<const std::string> names, const std::string& file,
                         TargetUse targets);

// The classes as numbers; none if one of them is a word.
std::optional<std::vector<double>> class_numbers(const Schema& schema);

// The expected words, for messages: all of them if they are few, else how many, and the one that `instead` may be a
// misspelling of: "cat, dog or horse (dog?)", "one of 120 (setosa?)".
std::string expected_of(std::span<const std::string> words, std::string_view instead);

} // namespace nib
