// Decides when a run's checkpoint is written, and writes it.
#pragma once

#include "validation.hpp"

#include "nib/nib.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace nib::cli {

// A checkpoint is written every `every` steps. If the user gave no interval, it is written every 10 seconds, or less
// often if writing would take more than 5% of the time.
class Checkpoints {
public:
    // The first checkpoint is written at once, so that a folder that cannot be written to is noticed before time is
    // spent. validation: its best model is written before each checkpoint. every: steps; 0: by the clock.
    Checkpoints(nib::trainer& trainer, Validation& validation, std::string path, std::int64_t every);

    // Limits the next piece of steps so that it does not pass the next checkpoint.
    std::int64_t limit(std::int64_t piece) const;

    // To be called between two pieces: writes a checkpoint if it is time.
    void add();

    // Throws Failure or nib::error if it cannot be written; the previous checkpoint then still exists.
    void write();

    bool by_clock() const noexcept { return every_ == 0; }
    const std::string& path() const noexcept { return path_; }
    std::int64_t last() const noexcept { return last_; } // steps run at the last checkpoint

private:
    using Clock = std::chrono::steady_clock;

    nib::trainer& trainer_;
    Validation& validation_;
    std::string path_;
    std::int64_t every_;
    std::int64_t last_ = 0;
    Clock::time_point next_;
};

} // namespace nib::cli
