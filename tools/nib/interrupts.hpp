// A request to stop by a signal: the run is saved first, and the process then ends as the signal would have ended it.
#pragma once

#include <array>
#include <csignal>

namespace nib::cli {

// Catches SIGINT, SIGTERM and SIGHUP while it lives; a signal that the program's caller ignores stays ignored. The
// first signal is kept; a second one ends the process at once. One instance at a time.
class Interrupts {
public:
    Interrupts();
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;
    ~Interrupts();

    int signal() const noexcept; // 0: no signal came

private:
    static constexpr std::array signals = {SIGINT, SIGTERM, SIGHUP};
    std::array<struct sigaction, signals.size()> before_;
};

// Thrown to end the program by a signal, after everything was saved.
struct Stopped {
    int signal;
};

// Ends the process as the uncaught signal does.
[[noreturn]] void end_by(int signal);

} // namespace nib::cli
