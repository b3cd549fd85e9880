// Makes text of any origin safe to show on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nib {

// Writes text with an escape for every control character (C0, DEL, C1), line separator, character that changes the
// direction of writing, and byte that is not UTF-8: "\x1b" for a byte below 0x80 and for one that is not UTF-8,
// "\u202e" for a code point. Everything else stays, backslashes too, so visible text is not changed again. Writes as
// much as fits, cut between two characters or escapes, and a NUL; to may be NULL if capacity is 0. Returns the size of
// the whole in bytes, without the NUL.
std::size_t make_visible(std::string_view text, char* to, std::size_t capacity) noexcept;

// The whole text in visible form.
std::string visible(std::string_view text);

// A table's column in a message: its name, shortened and in quotes, or its number, from 1, if the name is "".
std::string column_label(std::string_view name, std::ptrdiff_t place);

} // namespace nib
