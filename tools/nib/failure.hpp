// How a command that fails ends, and how it reports on the way.
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
    // The library's sentence, with the options of the command line named as one types them, followed by `more`. A value
    // out of its range was on the command line: wrong usage.
    explicit Failure(const nib::error& error, const std::string& more = "");

    int exit_code() const noexcept { return exit_code_; }

private:
    int exit_code_;
};

// Prints a line on stderr as visible text, since paths may contain anything. Results go to stdout, by printf.
[[gnu::format(printf, 1, 2)]] void note(const char* format, ...);

// From here on, neither notes nor progress are printed.
void set_quiet();
bool is_quiet();

// "error:", in colour if stderr shows colours.
std::string error_label();

// Prints the last line of a program that cannot do its work on stderr: "nib: error: ...".
void print_error(const std::string& message);

// Prints a line of plain text on stdout: unchanged for another program, visible if stdout is a terminal.
void print_line(std::string_view text);

// Flushes stdout. Throws Failure if that, or any write to stdout before it, failed.
void flush_results();

} // namespace nib::cli
