// A table in a file of any of the formats that nib reads.
#pragma once

#include "io/csv.hpp"
#include "io/raw_table.hpp"

#include <string>

namespace nib {

enum class TableFormat { csv, npy, npz, idx };

struct TableFileOptions {
    CsvOptions csv;
    std::string labels; // for IDX: the labels' file; "": the one beside it
};

// Decided by the file's first bytes: a file without the mark of another format is CSV.
TableFormat table_format(const std::string& path);

// CSV may also come from a pipe; the other formats need a file. Throws as the format's reader does.
RawTable read_table(const std::string& path, const TableFileOptions& options, Memory* memory);

// Whether a file is a table rather than a text of one item a line: an array, or CSV according to looks_like_csv. False
// for a path that cannot be read, or not without consuming it (a pipe).
bool looks_like_table(const std::string& path);

} // namespace nib
