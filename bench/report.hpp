// Prints the results as a Markdown table, one line a benchmark.
#pragma once

#include <benchmark/benchmark.h>

namespace nib::bench {

class TableReporter : public benchmark::BenchmarkReporter {
public:
    bool ReportContext(const Context& context) override;

    // Prints the fastest of several repetitions (--benchmark_repetitions).
    void ReportRuns(const std::vector<Run>& runs) override;
};

} // namespace nib::bench
