#include "rows.hpp"

#include <cstdarg>
#include <cstdio>

namespace nib::cli {

void row(const char* name, const char* format, ...)
{
    std::printf("%-*s ", static_cast<int>(label_width) - 1, name);
    std::va_list arguments;
    va_start(arguments, format);
    std::vprintf(format, arguments);
    va_end(arguments);
    std::putchar('\n');
}

} // namespace nib::cli
