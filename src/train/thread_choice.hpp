// How many threads a run computes with, where that is left to it: all, or one, whichever is faster for now.
#pragma once

#include <cstdint>

namespace nib {

// On a machine with other work, threads that wait for each other were up to 7 times slower than one. So a run tries
// both, in turn, keeps to the faster one, and tries again from time to time. Its results do not depend on it.
class ThreadChoice {
public:
    // most: of the run. fixed: nothing is tried.
    explicit ThreadChoice(int most, bool fixed) noexcept : most_(most), threads_(most), is_fixed_(fixed || most == 1) {}

    struct Piece {
        int threads;
        std::int64_t steps;
    };

    // The next steps, at most so many.
    Piece next(std::int64_t left) const noexcept;

    bool is_fixed() const noexcept { return is_fixed_; } // nothing is to be measured then

    // What they took.
    void add(const Piece& piece, double seconds) noexcept;

    int threads() const noexcept { return threads_; } // of the last piece, or of the next one while nothing is tried

private:
    static constexpr int rounds = 3; // of each try, of which the first one warms up
    static constexpr double trial_seconds = 2e-3, settled_seconds = 1;

    int most_, threads_;
    bool is_fixed_;
    int trial_ = 0;                 // 0..2 rounds - 1: all and one in turn; 2 rounds: settled
    double best_[2] = {1e30, 1e30}; // seconds a step: of all threads, of one
    double a_step_ = 0;             // seconds of one in the last piece; 0: not known yet
    double settled_ = 0;            // seconds since the last try
};

} // namespace nib
