#include "progress.hpp"

#include "terminal.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include <unistd.h>

namespace nib::cli {
namespace {

constexpr double redraw_seconds = 0.1;

// The window may be resized at any time, so the width is queried before each redraw.
std::size_t terminal_width()
{
    const std::size_t width = window_width(STDERR_FILENO);
    return width > 0 ? width : 80;
}

template <class... Values>
std::string formatted(const char* format, Values... values)
{
    char text[96];
    std::snprintf(text, sizeof text, format, values...);
    return text;
}

// A duration as 9 s, 4:05, 2:04:05.
std::string duration(double seconds)
{
    const auto s = static_cast<long long>(std::ceil(seconds));
    if (s < 60) return formatted("%lld s", s);
    if (s < 3600) return formatted("%lld:%02lld", s / 60, s % 60);
    return formatted("%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
}

std::string bar(double share, std::size_t width)
{
    const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
    std::string text(width + 2, '.');
    text.front() = '[';
    text.back() = ']';
    std::fill_n(text.begin() + 1, full, '#');
    return text;
}

} // namespace

Progress::Progress(bool shown, std::int64_t first, std::int64_t steps)
    : shown_(shown), steps_(steps), measured_step_(first)
{
}

// The speed is the mean over the last two seconds or so, and at the beginning over all steps.
void Progress::measure(std::int64_t step, Clock::time_point now)
{
    const double seconds = std::chrono::duration<double>(now - measured_).count();
    const double elapsed = std::chrono::duration<double>(now - begin_).count();
    const double rate = static_cast<double>(step - measured_step_) / std::max(seconds, 1e-9);
    const double weight = std::max(seconds / std::max(elapsed, 1e-9), 1 - std::exp(-seconds / 2));
    steps_per_second_ += weight * (rate - steps_per_second_);
    measured_step_ = step;
    measured_ = now;
}

std::string Progress::line(std::int64_t step, double loss, std::size_t width) const
{
    const std::string count = std::to_string(steps_);
    const std::string parts[] = {
        formatted("%*lld/%s", static_cast<int>(count.size()), static_cast<long long>(step), count.c_str()),
        formatted("  loss %.4f", loss),
        validation_ ? formatted("  val %.4f", *validation_) : "",
        formatted(steps_per_second_ < 100 ? "  %.3g steps/s" : "  %.0f steps/s", steps_per_second_),
        "  " + duration(static_cast<double>(steps_ - step) / steps_per_second_) + " left",
    };
    std::string text;
    for (const std::string& part : parts) {
        if (text.size() + part.size() > width) break; // parts that do not fit a narrow window are left out
        text += part;
    }
    constexpr std::size_t shortest_bar = 8, longest_bar = 40, frame = 4; // "[" "]" and two spaces
    if (width < text.size() + frame + shortest_bar) return text;
    const std::size_t room = std::min(longest_bar, width - text.size() - frame);
    return bar(static_cast<double>(step) / static_cast<double>(steps_), room) + "  " + text;
}

void Progress::update(std::int64_t step, double loss)
{
    if (!shown_) return;
    const Clock::time_point now = Clock::now();
    if (drawn_ && std::chrono::duration<double>(now - measured_).count() < redraw_seconds) return;
    measure(step, now);
    // The last column stays empty: some terminals wrap as soon as it is written.
    std::fprintf(stderr, "\r%s\033[K", line(step, loss, terminal_width() - 1).c_str());
    std::fflush(stderr);
    drawn_ = true;
}

void Progress::erase()
{
    if (!drawn_) return;
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
    drawn_ = false;
}

} // namespace nib::cli
