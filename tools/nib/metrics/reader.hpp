// Reads the records of a run's metrics.jsonl, for programs that show the run. The file may come from anyone.
#pragma once

#include "metrics/json_members.hpp"
#include "metrics/line_reader.hpp"
#include "metrics/schema.hpp"

#include <cstddef>
#include <ios>
#include <string>
#include <string_view>

namespace nib::cli {

// The most bytes of a line; everything that nib writes is far below. A parsed byte may take 16 bytes, and functions
// over values recurse to their depth.
inline constexpr std::size_t most_line_bytes = std::size_t{16} << 20;
inline constexpr int most_depth = 16;

std::string metrics_path(const std::string& folder);

// Throws NoRecord if the line is not a JSON object, is nested deeper than most_depth, or counts steps beyond
// most_steps. The record's fault names anything else that is missing.
Record parse_record(std::string_view line);

class MetricsReader {
public:
    // path: of the file. Throws Failure if it does not exist, or is not a regular file.
    explicit MetricsReader(const std::string& path);

    // Reads the next line; returns false at the end. A last line without an end was cut, and is left out. Throws
    // Failure if the file cannot be read.
    bool next();
    std::string_view line() const noexcept { return lines_.line(); }
    std::streamoff offset() const noexcept { return lines_.offset(); } // bytes before the line

    // The line as a record. Throws Failure if it is not one.
    Record record() const;

    // The record whose line begins at offset; only after next() returned false.
    Record record_at(std::streamoff offset);

    // Throws Failure: the file has changed since it was first read.
    [[noreturn]] void changed() const;

    // Throws Failure that says what is wrong with the current line.
    [[noreturn]] void damaged(const std::string& why) const { lines_.refuse(why); }

private:
    LineReader lines_;
};

} // namespace nib::cli
