// Terminals: whether a standard stream is one, its width, and text in colour.
#pragma once

#include <cstddef>
#include <string>

namespace nib::cli {

// The columns of the terminal that a stream is connected to; 0: it is no terminal, or does not say.
std::size_t window_width(int stream);

// The columns for text on standard output: COLUMNS, else the terminal's, else 80.
std::size_t text_width();

// Whether a stream is a terminal whose cursor can be moved: TERM is set, and is not "dumb".
bool is_live_terminal(int stream);

enum class Style { error, good, heading };

// The text in colour on a live terminal, unless NO_COLOR is set (https://no-color.org); else the text unchanged.
std::string styled(const std::string& text, Style style, int stream);

} // namespace nib::cli
