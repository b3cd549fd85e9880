// How a command ends that cannot do its work, and what is said on the way.
#pragma once

#include "nib/nib.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace nib::cli {

inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

class Failure : public std::runtime_error {
public:
    explicit Failure(const std::string& message, int exit_code = exit_failed)
        : std::runtime_error(message), exit_code_(exit_code)
    {
    }
    // The library's sentence, with the options of the command line named as one types them, and what more there is to
    // say. A value out of its range was on the command line: wrong usage.
    explicit Failure(const nib::error& error, const std::string& more = "");

    int exit_code() const noexcept { return exit_code_; }

private:
    int exit_code_;
};

// A line on stderr, as visible text: paths may hold anything. Results go to stdout, by printf.
[[gnu::format(printf, 1, 2)]] void note(const char* format, ...);

// From here on, notes are not printed, nor is what nobody asked for.
void set_quiet();
bool is_quiet();

// "error:", in colour where stderr shows it.
std::string error_label();

// The line on stderr that a program ends with which cannot do its work: "nib: error: ...".
void print_error(const std::string& message);

// A line of stdout that is text and nothing else: as it is, for another program; visible where stdout is a terminal.
void print_line(std::string_view text);

// Writes out what stdout still holds. Throws Failure where that, or any write to stdout before it, failed.
void flush_results();

} // namespace nib::cli
