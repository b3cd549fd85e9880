#include "interrupts.hpp"

#include <cstdlib>

namespace nib::cli {
namespace {

volatile std::sig_atomic_t kept = 0;

void keep(int signal)
{
    if (kept != 0) {
        std::signal(signal, SIG_DFL);
        std::raise(signal); // delivered when this handler returns
        return;
    }
    kept = signal;
}

} // namespace

Interrupts::Interrupts()
{
    kept = 0;
    struct sigaction action = {};
    action.sa_handler = keep;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < signals.size(); ++i) {
        sigaction(signals[i], nullptr, &before_[i]);
        if (before_[i].sa_handler != SIG_IGN) sigaction(signals[i], &action, nullptr);
    }
}

Interrupts::~Interrupts()
{
    for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &before_[i], nullptr);
}

int Interrupts::signal() const noexcept { return kept; }

void end_by(int signal)
{
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    std::exit(128 + signal); // the signal is blocked: exit with the status that a shell would report
}

} // namespace nib::cli
