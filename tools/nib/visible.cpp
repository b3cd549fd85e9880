#include "visible.hpp"

#include "nib/nib.h"

#include <cstdio>

#include <unistd.h>

namespace nib::cli {

std::string visible(std::string_view text)
{
    std::string result(nib_visible_text(text.data(), text.size(), nullptr, 0) + 1, '\0');
    nib_visible_text(text.data(), text.size(), result.data(), result.size());
    result.pop_back();
    return result;
}

void print_line(std::string_view text)
{
    static const bool terminal = isatty(STDOUT_FILENO) != 0;
    const std::string shown = terminal ? visible(text) : std::string();
    const std::string_view line = terminal ? shown : text;
    std::fwrite(line.data(), 1, line.size(), stdout); // it may hold NUL
    std::fputc('\n', stdout);
}

} // namespace nib::cli
