// A table's schema as text, the form in which a model file keeps it: a line for the task and for each column, target
// and class, with tabs between the fields.
#pragma once

#include "io/schema.hpp"
#include "nib/status.h"

#include <string>
#include <string_view>

namespace nib {

std::string text_of(const Schema& schema);

// classes: those that are not in the text. Throws NIB_ERR_FORMAT that says what was expected. The result has passed
// check_schema.
Schema read_schema(std::string_view text, std::vector<std::string> classes = {});

// Throws status unless there is something to read and something to learn, within the limits, names, words and classes
// are UTF-8 without NUL, words and classes are distinct, and fills are finite.
void check_schema(const Schema& schema, nib_status status);

} // namespace nib
