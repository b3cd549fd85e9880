// What a standard stream is connected to, and how text looks there.
#pragma once

#include <cstddef>
#include <string>

namespace nib::cli {

// The columns of the terminal that a stream is connected to; 0: it is none, or does not say.
std::size_t window_width(int stream);

// Columns for text on standard output: COLUMNS, else the terminal's, else 80.
std::size_t text_width();

// Whether a stream is a terminal whose cursor can be moved: TERM is set, and is not "dumb".
bool is_live_terminal(int stream);

enum class Style { error, good, heading };

// The text in colour on a live terminal, unless NO_COLOR is set (https://no-color.org); else as it is.
std::string styled(const std::string& text, Style style, int stream);

} // namespace nib::cli
