// The first row of a CSV, which may be names. A part of csv.hpp and row_reader.hpp.
#pragma once

#include "io/csv.hpp"
#include "io/csv_rows.hpp"

#include <string>
#include <vector>

namespace nib {

// Whether the first row is names, by it and the second one, which are read: it has a word, and a word stands over a
// number or no number does.
bool begins_with_names(CsvRows& rows);

// The names of the columns, by the row at hand, which is the first one: each different, and a column without one is
// called by its number, from 1. Empty: there are no names, and the row is one of cells. Without a schema,
// options.header says whether there are. Throws NIB_ERR_DATA.
std::vector<std::string> csv_names(const CsvRows& rows, const CsvOptions& options);

// Throws NIB_ERR_DATA naming the line of the row at hand, and the text.
void check_utf8(const CsvRows& rows, std::string_view text);

} // namespace nib
