// The live line on a terminal that shows a training run's progress.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace nib::cli {

class Progress {
public:
    // shown: false if stderr is not a terminal; nothing is ever written then. first: the steps that were run before.
    Progress(bool shown, std::int64_t first, std::int64_t steps);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress() { erase(); }

    // step of the steps are done. Redraws the line unless that was done within the last tenth of a second.
    void update(std::int64_t step, double loss);

    // Shows the last validation loss beside the loss.
    void set_validation(double loss) { validation_ = loss; }

    bool is_shown() const noexcept { return shown_; }

    // Clears the line for other output; the next update draws it again.
    void erase();

private:
    using Clock = std::chrono::steady_clock;

    std::string line(std::int64_t step, double loss, std::size_t width) const;
    void measure(std::int64_t step, Clock::time_point now);

    bool shown_;
    std::int64_t steps_;
    bool drawn_ = false;
    double steps_per_second_ = 0;
    std::optional<double> validation_;
    std::int64_t measured_step_;
    Clock::time_point begin_ = Clock::now();
    Clock::time_point measured_ = begin_;
};

} // namespace nib::cli
