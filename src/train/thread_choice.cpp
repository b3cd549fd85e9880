#include "train/thread_choice.hpp"

#include <algorithm>

namespace nib {

ThreadChoice::Piece ThreadChoice::next(std::int64_t left) const noexcept
{
    if (is_fixed_) return {most_, left};
    const double wanted = trial_ == 2 * rounds ? settled_seconds / 4 : trial_seconds;
    const double steps = a_step_ > 0 ? wanted / a_step_ : 4;
    const auto count = static_cast<std::int64_t>(std::clamp(steps, 1.0, 1e9));
    const int threads = trial_ == 2 * rounds ? threads_ : trial_ % 2 == 0 ? most_ : 1;
    return {threads, std::min(count, left)};
}

void ThreadChoice::add(const Piece& piece, double seconds) noexcept
{
    if (is_fixed_ || piece.steps == 0) return;
    threads_ = piece.threads;
    a_step_ = seconds / static_cast<double>(piece.steps);
    if (trial_ == 2 * rounds) {
        settled_ += seconds;
        if (settled_ < settled_seconds) return;
        trial_ = 0;
        best_[0] = best_[1] = 1e30;
        return;
    }
    if (trial_ >= 2) best_[trial_ % 2] = std::min(best_[trial_ % 2], a_step_);
    if (++trial_ < 2 * rounds) return;
    threads_ = best_[1] < best_[0] ? 1 : most_;
    a_step_ = std::min(best_[0], best_[1]);
    settled_ = 0;
}

} // namespace nib
