// metrics.jsonl while its run goes on.
#pragma once

#include "metrics/record_line.hpp"

#include "nib/nib.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace nib::cli {

class MetricsWriter {
public:
    // A new file, in place of an old one. Throws Failure and nib::error where it cannot be written.
    MetricsWriter(const nib::context& context, const std::string& path);

    // The file of a run that goes on with step `first`: the records of this step and later ones go, and those of runs
    // that were resumed there or later. A file that is missing is begun.
    MetricsWriter(const nib::context& context, const std::string& path, std::int64_t first);

    MetricsWriter(const MetricsWriter&) = delete;
    MetricsWriter& operator=(const MetricsWriter&) = delete;
    ~MetricsWriter();

    // Each throws Failure where the file cannot be written.
    void add_line(const std::string& line); // a record of its own making, with the end of the line
    void add_steps(std::span<const StepRecord> steps);
    template <class Record>
    void add(const Record& record)
    {
        add_line(line_of(record));
    }

    // Closes the file: a quota or a network file system may refuse only then what was written. Nothing can be added
    // after it.
    void finish();

private:
    void begin(const nib::context& context, const std::string& lines);

    std::string path_;
    int file_ = -1;
};

} // namespace nib::cli
