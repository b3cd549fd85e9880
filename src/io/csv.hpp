// Tables as text, with a line a row: CSV (RFC 4180), and what else goes by that name.
//
//     species,"bill length, mm",sex     names, where the first row is not all numbers
//     Adelie,39.1,male
//     Adelie,NA,                        empty, NA and NaN, in any case of letters, are missing
//
// Lines end with LF or CRLF; empty ones are skipped. A cell in quotes may hold separators, line ends, and quotes, which
// are doubled there; blanks around a cell go, those in quotes stay. A column is one of words if any of its cells is
// neither a number nor missing. A decimal point is a point, whatever the locale.
//
// The code is nib's own. Of what Debian packages, libcsv calls back for every cell, and leaves numbers, types, names
// and lines to the caller; rapidcsv keeps a string for every cell, some ten times the memory of the numbers. What they
// would save is io/csv_rows.cpp alone.
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
    // The first row is one where it has a word, and a word stands over a number or no number does; a schema with names
    // knows its own.
    automatic,
    present,
    absent,
};

// What is done with the columns that are learned, where a schema says which these are.
enum class TargetUse {
    required, // it is an error if there are none
    optional, // read where they are there
    ignored,
};

struct CsvOptions {
    CsvHeader header = CsvHeader::automatic;
    char separator = '\0'; // ',', ';' or '\t'; '\0': whichever the first line has most of

    // nullptr: each column is what its cells are. Otherwise what the schema says of it, and columns that it does not
    // know are ignored. Only used while the table is read.
    const Schema* schema = nullptr;
    TargetUse targets = TargetUse::required;
};

// The next bytes of a text, at least one of them; returns how many, 0 at the end.
using ReadSome = std::function<std::size_t(std::span<char>)>;

// A file, which is read in pieces, or a pipe. It is read twice where a column of numbers turns out to be one of words;
// a pipe is held in memory as a whole. Peak memory, besides: twice the numbers. Throws NIB_ERR_IO, and NIB_ERR_DATA
// naming file, line and column.
RawTable read_csv(const std::string& path, const CsvOptions& options, Memory* memory);

// A text in memory; name stands in messages for the file's.
RawTable parse_csv(std::string_view text, const std::string& name, const CsvOptions& options, Memory* memory);

// Whether a text, of which this is the beginning, is a table of numbers: at least two columns in its first 20 lines, as
// many cells in each, and more than half of them, without a row of names, numbers or missing.
bool looks_like_csv(std::string_view start);

} // namespace nib
