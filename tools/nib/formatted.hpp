// Text by printf's formats, as a string.
#pragma once

#include <string>

namespace nib::cli {

[[gnu::format(printf, 1, 2)]] std::string formatted(const char* format, ...);

} // namespace nib::cli
