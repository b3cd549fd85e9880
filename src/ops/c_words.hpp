// Texts from outside the program, made safe for C source.
#pragma once

#include <string>
#include <string_view>

namespace nib {

// For use within a comment: the result ends no comment, begins none and is no trigraph. Invisible characters are
// escaped.
std::string in_comment(std::string_view text);

// For use as a string literal, without the quotes: no trigraph, and no byte beyond ASCII.
std::string in_string(std::string_view text);

// For use as a value of CSource, in which dollars have a meaning.
std::string with_dollars(std::string text);

} // namespace nib
