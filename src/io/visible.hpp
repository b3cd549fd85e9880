// Text of any origin, as it may stand on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nib {

// Writes text with every control character (C0, DEL, C1), line separator, character that turns the direction of
// writing, and byte that is not UTF-8 as an escape: "\x1b" for a byte below 0x80 and for one that is not UTF-8,
// "\u202e" for a code point. All else stays, backslashes too: text that was made visible is not changed again. As much
// as fits is written, cut between two characters or escapes, and ended by NUL; to may be NULL where capacity is 0.
// Returns the bytes of the whole, without the NUL.
std::size_t make_visible(std::string_view text, char* to, std::size_t capacity) noexcept;

// The whole of it.
std::string visible(std::string_view text);

} // namespace nib
