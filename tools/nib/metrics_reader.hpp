// The lines of a run's metrics.jsonl, for who looks at the run.
#pragma once

#include "failure.hpp"

#include <cstddef>
#include <fstream>
#include <ios>
#include <string>

namespace nib::cli {

std::string metrics_path(const std::string& folder);

// Of a file that can be read, and is not what nib train writes.
class DamagedMetrics : public Failure {
public:
    using Failure::Failure;
};

class MetricsReader {
public:
    // Throws Failure where the folder has no such file.
    explicit MetricsReader(const std::string& folder);

    // The next line; false at the end. A last line without an end was cut, and is left out. Throws Failure where the
    // file cannot be read.
    bool next();
    const std::string& line() const noexcept { return line_; }
    std::streamoff offset() const noexcept { return offset_; } // bytes before the line

    // The line that begins there; only after next() gave false. Throws Failure where the file cannot be read.
    std::string line_at(std::streamoff offset);

    // Throws DamagedMetrics: what is wrong with the line that next() gave.
    [[noreturn]] void damaged(const std::string& why) const;

private:
    void check_read() const;

    std::string path_, line_;
    std::ifstream file_;
    std::streamoff offset_ = 0, end_ = 0; // end_: of the line
    std::size_t number_ = 0;
};

} // namespace nib::cli
