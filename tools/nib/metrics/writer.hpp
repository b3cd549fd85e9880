// Writes metrics.jsonl during its run.
#pragma once

#include "metrics/record_line.hpp"

#include "nib/nib.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace nib::cli {

class MetricsWriter {
public:
    // Creates a new file in place of an old one. Throws Failure and nib::error if it cannot be written.
    MetricsWriter(const nib::context& context, const std::string& path);

    // For a run that is resumed at step `first`: drops the records of this step and later ones, and of runs that were
    // resumed there or later. A missing file is created.
    MetricsWriter(const nib::context& context, const std::string& path, std::int64_t first);

    MetricsWriter(const MetricsWriter&) = delete;
    MetricsWriter& operator=(const MetricsWriter&) = delete;
    ~MetricsWriter();

    // Each throws Failure if the file cannot be written.
    void add_line(const std::string& line); // a record as text, with the end of the line
    void add_steps(std::span<const StepRecord> steps);
    template <class Record>
    void add(const Record& record)
    {
        add_line(line_of(record));
    }

    // Closes the file: a quota or a network file system may refuse the written data only then. Nothing can be added
    // afterwards.
    void finish();

private:
    void begin(const nib::context& context, const std::string& lines);

    std::string path_;
    int file_ = -1;
};

} // namespace nib::cli
