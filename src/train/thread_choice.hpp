// How many threads a run computes with, if the choice is left to it: all or one, whichever is currently faster.
#pragma once

#include <cstdint>

namespace nib {

// On a machine with other work, threads that wait for each other were up to 7 times slower than one thread. A run
// therefore tries both in turn, keeps to the faster one, and tries again from time to time. Its results do not depend
// on the choice.
class ThreadChoice {
public:
    // most: the run's number of threads. fixed: nothing is tried.
    explicit ThreadChoice(int most, bool fixed) noexcept : most_(most), threads_(most), is_fixed_(fixed || most == 1) {}

    struct Piece {
        int threads;
        std::int64_t steps;
    };

    // The next steps to run, at most `left`.
    Piece next(std::int64_t left) const noexcept;

    bool is_fixed() const noexcept { return is_fixed_; } // nothing is measured then

    // Records the time that a piece took.
    void add(const Piece& piece, double seconds) noexcept;

    int threads() const noexcept { return threads_; } // of the last piece; of the next one if nothing is tried

private:
    static constexpr int rounds = 3; // of each trial; the first one warms up
    static constexpr double trial_seconds = 2e-3, settled_seconds = 1;

    int most_, threads_;
    bool is_fixed_;
    int trial_ = 0;                 // 0..2 rounds - 1: all threads and one thread in turn; 2 rounds: settled
    double best_[2] = {1e30, 1e30}; // seconds a step: with all threads, with one
    double a_step_ = 0;             // seconds a step in the last piece; 0: not known yet
    double settled_ = 0;            // seconds since the last try
};

} // namespace nib
