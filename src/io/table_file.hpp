// A table in a file of any of the formats that nib reads.
#pragma once

#include "io/csv.hpp"
#include "io/raw_table.hpp"

#include <string>

namespace nib {

enum class TableFormat { csv, npy, npz, idx };

struct TableFileOptions {
    CsvOptions csv;
    std::string labels; // of IDX: the labels' file; "": the one beside it
};

// By the file's first bytes: CSV is what has no mark of another format.
TableFormat table_format(const std::string& path);

// Also CSV from a pipe; the other formats need a file. Throws as the reader of the format does.
RawTable read_table(const std::string& path, const TableFileOptions& options, Memory* memory);

// Whether a file is a table rather than a text of one item a line: an array, or CSV as looks_like_csv tells. False for
// what cannot be read or looked at without taking it (a pipe).
bool looks_like_table(const std::string& path);

} // namespace nib
