// Texts from elsewhere within C source.
#pragma once

#include <string>
#include <string_view>

namespace nib {

// Within a comment, whose end or another's beginning it does not become, nor a trigraph. What does not show is escaped.
std::string in_comment(std::string_view text);

// A string without its quotes: no trigraph, and no byte beyond ASCII.
std::string in_string(std::string_view text);

// As a value of CSource, in which a dollar means more.
std::string with_dollars(std::string text);

} // namespace nib
