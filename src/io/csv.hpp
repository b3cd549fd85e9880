// Tables as text with one row a line: CSV (RFC 4180) and its usual variants.
//
//     species,"bill length, mm",sex     names, where the first row is not all numbers
//     Adelie,39.1,male
//     Adelie,NA,                        empty, NA and NaN, in any case of letters, are missing
//
// Lines end with LF or CRLF; empty ones are skipped. A cell in quotes may hold separators, line ends, and quotes, which
// are doubled there. Blanks around a cell are dropped; those in quotes stay. A column holds words if any of its cells
// is neither a number nor missing. The decimal point is a point, whatever the locale.
//
// The code is nib's own. Of the libraries that Debian packages, libcsv calls back for every cell and leaves numbers,
// types, names and lines to the caller; rapidcsv keeps a string for every cell, some ten times the memory of the
// numbers. Either would only replace io/csv_rows.cpp.
#pragma once

#include "io/raw_table.hpp"
#include "io/schema.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace nib {

enum class CsvHeader {
    // The first row holds names if it has a word, and either a word or no number at all stands over a number. A schema
    // with names recognises its own.
    automatic,
    present,
    absent,
};

// How target columns are treated, if a schema says which these are.
enum class TargetUse {
    required, // an error if there are none
    optional, // read if they are there
    ignored,
};

struct CsvOptions {
    CsvHeader header = CsvHeader::automatic;
    char separator = '\0'; // ',', ';' or '\t'; '\0': the one that the first line has most of

    // nullptr: the cells of a column decide what it is. Otherwise the schema decides, and columns that it does not know
    // are ignored. Only used while the table is read.
    const Schema* schema = nullptr;
    TargetUse targets = TargetUse::required;
};

// Reads the next bytes of a text, at least one; returns how many, 0 at the end.
using ReadSome = std::function<std::size_t(std::span<char>)>;

// Reads a file, in pieces, or a pipe. It makes a second pass if a column of numbers turns out to hold words; a pipe is
// therefore held in memory as a whole. Peak memory, besides: twice the numbers. Throws NIB_ERR_IO, and NIB_ERR_DATA
// naming file, line and column.
RawTable read_csv(const std::string& path, const CsvOptions& options, Memory* memory);

// Reads a text in memory; messages use name as the file's.
RawTable parse_csv(std::string_view text, const std::string& name, const CsvOptions& options, Memory* memory);

// Whether a text that begins with `start` is a table of numbers: its first 20 lines have at least two columns and
// equally many cells each, and more than half of the cells, without a row of names, are numbers or missing.
bool looks_like_csv(std::string_view start);

} // namespace nib
