// Text of any origin on the way to a person.
#pragma once

#include <string>
#include <string_view>

namespace nib::cli {

// As nib_visible_text makes it.
std::string visible(std::string_view text);

// A line of stdout that is text and nothing else: as it is, for another program; visible where stdout is a terminal.
void print_line(std::string_view text);

} // namespace nib::cli
