// When a run's checkpoint is written.
#pragma once

#include "validation.hpp"

#include "nib/nib.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace nib::cli {

// Every so many steps; or, where the user did not say, every 10 seconds, and seldom enough to take 5% of the time at
// most.
class Checkpoints {
public:
    // The first one is written at once: a folder that cannot be written to is found before the time is spent.
    // validation: whose best model is written before each. every: steps; 0: by the clock.
    Checkpoints(nib::trainer& trainer, Validation& validation, std::string path, std::int64_t every);

    // The part of the next piece of steps that does not go beyond the next checkpoint.
    std::int64_t limit(std::int64_t piece) const;

    // Between two pieces: writes one if it is time.
    void add();

    // Throws Failure or nib::error where it cannot be written; the one before is still there then.
    void write();

    bool by_clock() const noexcept { return every_ == 0; }
    const std::string& path() const noexcept { return path_; }
    std::int64_t last() const noexcept { return last_; } // steps that had been run at the last one

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
