#include "failure.hpp"

#include "option_names.hpp"
#include "terminal.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include <unistd.h>

namespace nib::cli {
namespace {

bool quiet = false;

} // namespace

Failure::Failure(const nib::error& error, const std::string& more)
    : Failure(as_typed(error.what()) + more, error.status() == NIB_ERR_INVALID_ARGUMENT ? exit_usage : exit_failed)
{
}

void set_quiet() { quiet = true; }
bool is_quiet() { return quiet; }

std::string error_label() { return styled("error:", Style::error, STDERR_FILENO); }

void print_error(const std::string& message)
{
    std::fprintf(stderr, "nib: %s %s\n", error_label().c_str(), visible(message).c_str());
}

void note(const char* format, ...)
{
    if (quiet) return;
    std::va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    std::string text(static_cast<std::size_t>(std::max(0, std::vsnprintf(nullptr, 0, format, arguments))) + 1, '\0');
    std::vsnprintf(text.data(), text.size(), format, again);
    va_end(again);
    va_end(arguments);
    text.pop_back();
    std::fprintf(stderr, "%s\n", visible(text).c_str());
}

void print_line(std::string_view text)
{
    static const bool terminal = isatty(STDOUT_FILENO) != 0;
    const std::string shown = terminal ? visible(text) : std::string();
    const std::string_view line = terminal ? shown : text;
    std::fwrite(line.data(), 1, line.size(), stdout); // the line may contain NUL
    std::fputc('\n', stdout);
}

void flush_results()
{
    errno = 0;
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
    throw Failure(std::string("cannot write to standard output") +
                  (errno != 0 ? std::string(": ") + std::strerror(errno) : std::string()));
}

} // namespace nib::cli
