// The first row of a CSV, which may hold names. A part of csv.hpp and row_reader.hpp.
#pragma once

#include "io/csv.hpp"
#include "io/csv_rows.hpp"

#include <string>
#include <vector>

namespace nib {

// Reads the first two rows and decides whether the first holds names: it has a word, and either a word or no number at
// all stands over a number.
bool begins_with_names(CsvRows& rows);

// The names of the columns, taken from the current row, which is the first one. Names are distinct; a column without
// one is named by its number, from 1. Empty: there are no names, and the row holds cells. Without a schema,
// options.header says whether there are names. Throws NIB_ERR_DATA.
std::vector<std::string> csv_names(const CsvRows& rows, const CsvOptions& options);

// Throws NIB_ERR_DATA naming the current row's line, and the text.
void check_utf8(const CsvRows& rows, std::string_view text);

} // namespace nib
