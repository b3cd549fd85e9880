#include "terminal.hpp"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>

#include <sys/ioctl.h>
#include <unistd.h>

namespace nib::cli {
namespace {

const char* code_of(Style style)
{
    switch (style) {
    case Style::error:
        return "\033[1;31m";
    case Style::good:
        return "\033[32m";
    case Style::heading:
        return "\033[1m";
    }
    return "";
}

bool wants_colour(int stream)
{
    const char* const refused = std::getenv("NO_COLOR");
    return is_live_terminal(stream) && (refused == nullptr || *refused == '\0');
}

} // namespace

std::size_t window_width(int stream)
{
    winsize size{};
    return ioctl(stream, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

std::size_t text_width()
{
    constexpr std::size_t usual = 80;
    const char* const given = std::getenv("COLUMNS");
    const std::string_view text = given == nullptr ? "" : given;
    std::size_t columns = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), columns);
    if (error == std::errc() && end == text.data() + text.size() && columns > 0) return columns;
    columns = window_width(STDOUT_FILENO);
    return columns > 0 ? columns : usual;
}

bool is_live_terminal(int stream)
{
    const char* const kind = std::getenv("TERM");
    return isatty(stream) != 0 && kind != nullptr && std::strcmp(kind, "dumb") != 0;
}

std::string styled(const std::string& text, Style style, int stream)
{
    return wants_colour(stream) ? code_of(style) + text + "\033[0m" : text;
}

} // namespace nib::cli
