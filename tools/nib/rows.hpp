// Prints figures as a list: a label, and the value.
#pragma once

#include <cstddef>

namespace nib::cli {

inline constexpr std::size_t label_width = 15, terminal_width = 80; // of a row, the label with the blank after it

[[gnu::format(printf, 2, 3)]] void row(const char* name, const char* format, ...);

} // namespace nib::cli
