// The records of a run's metrics.jsonl, for who looks at the run. The file may come from anyone.
#pragma once

#include "metrics/json_members.hpp"
#include "metrics/line_reader.hpp"
#include "metrics/schema.hpp"

#include <cstddef>
#include <ios>
#include <string>
#include <string_view>

namespace nib::cli {

// The most bytes of a line of the file: all that nib writes is far below. Parsed, a byte may take 16, and what works on
// values calls itself by their depth.
inline constexpr std::size_t most_line_bytes = std::size_t{16} << 20;
inline constexpr int most_depth = 16;

std::string metrics_path(const std::string& folder);

// Throws NoRecord where the line is no JSON object, is nested deeper than most_depth, or counts steps beyond
// most_steps. What else is missing, the record's fault says.
Record parse_record(std::string_view line);

class MetricsReader {
public:
    // path: of the file. Throws Failure where there is none, or it is no regular file.
    explicit MetricsReader(const std::string& path);

    // The next line; false at the end. A last line without an end was cut, and is left out. Throws Failure where the
    // file cannot be read.
    bool next();
    std::string_view line() const noexcept { return lines_.line(); }
    std::streamoff offset() const noexcept { return lines_.offset(); } // bytes before the line

    // The line as a record. Throws Failure where it is none.
    Record record() const;

    // The record whose line begins there; only after next() gave false.
    Record record_at(std::streamoff offset);

    // Throws Failure: what is read again is no longer what it was.
    [[noreturn]] void changed() const;

    // Throws Failure: what is wrong with the line that next() gave.
    [[noreturn]] void damaged(const std::string& why) const { lines_.refuse(why); }

private:
    LineReader lines_;
};

} // namespace nib::cli
