// What is seen of a training run while it goes on: log lines, or a live line, or both where they do not meet.
#pragma once

#include "progress.hpp"

#include <cstdint>
#include <cstdio>
#include <span>

namespace nib::cli {

// The largest of 1, 2, 5, 10, 20, ... steps that a run of so many has at least `count` times, or 1.
std::int64_t round_interval(std::int64_t steps, std::int64_t count);

class RunLog {
public:
    // first: the step that the run begins with, above 0 where it goes on. log_every: print the loss of every so many
    // steps; 0: the user did not say. lines: where to, standard output or standard error.
    RunLog(std::int64_t first, std::int64_t steps, std::int64_t log_every, std::FILE* lines);

    std::int64_t every() const noexcept { return every_; } // steps from one line to the next; 0: no lines

    // The losses of the steps from first on.
    void add(std::int64_t first, std::span<const float> losses);

    // A validation loss, after so many steps.
    void add_validation(std::int64_t steps_run, double loss, bool is_best);

private:
    std::FILE* lines_;
    std::int64_t steps_;
    std::int64_t every_; // 0: no lines
    Progress progress_;
    double smoothed_ = 0; // exponential mean of the losses, over the weight of those there were so far
    double weight_ = 0;
};

} // namespace nib::cli
