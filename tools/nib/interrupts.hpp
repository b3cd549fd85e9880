// A request to stop, as a signal: the run is put away first, and then ends as the signal would have ended it.
#pragma once

#include <array>
#include <csignal>

namespace nib::cli {

// SIGINT, SIGTERM and SIGHUP, as long as it lives; one that the caller of the program ignores stays ignored. The first
// signal is kept, a second one ends the process at once. One instance at a time.
class Interrupts {
public:
    Interrupts();
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;
    ~Interrupts();

    int signal() const noexcept; // 0: none came

private:
    static constexpr std::array signals = {SIGINT, SIGTERM, SIGHUP};
    std::array<struct sigaction, signals.size()> before_;
};

// Thrown to end the program by a signal, after everything was put away.
struct Stopped {
    int signal;
};

// Ends the process as the signal does where nothing catches it.
[[noreturn]] void end_by(int signal);

} // namespace nib::cli
