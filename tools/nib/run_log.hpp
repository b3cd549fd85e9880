// The progress of a training run: log lines, or a live line, or both if they go to different places.
#pragma once

#include "progress.hpp"

#include <cstdint>
#include <cstdio>
#include <span>

namespace nib::cli {

// The largest of 1, 2, 5, 10, 20, ... steps that fits at least `count` times into a run of this many steps, or 1.
std::int64_t round_interval(std::int64_t steps, std::int64_t count);

class RunLog {
public:
    // first: the step at which the run begins, above 0 if it is resumed. log_every: the interval of printed losses in
    // steps; 0: the user gave none. lines: standard output or standard error, for these losses.
    RunLog(std::int64_t first, std::int64_t steps, std::int64_t log_every, std::FILE* lines);

    std::int64_t every() const noexcept { return every_; } // steps from one line to the next; 0: no lines

    // Adds the losses of the steps from first on.
    void add(std::int64_t first, std::span<const float> losses);

    // Adds a validation loss, measured after this many steps.
    void add_validation(std::int64_t steps_run, double loss, bool is_best);

private:
    std::FILE* lines_;
    std::int64_t steps_;
    std::int64_t every_; // 0: no lines
    Progress progress_;
    double smoothed_ = 0; // exponential mean of the losses, divided by the weights of those so far
    double weight_ = 0;
};

} // namespace nib::cli
