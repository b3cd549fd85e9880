// A table's schema as text, in which a model file keeps it: a line for the task, each column, target and class, with
// tabs between its fields.
#pragma once

#include "io/schema.hpp"
#include "nib/status.h"

#include <string>
#include <string_view>

namespace nib {

std::string text_of(const Schema& schema);

// classes: those that are not in the text. Throws NIB_ERR_FORMAT that says what was expected; the schema has passed
// check_schema.
Schema read_schema(std::string_view text, std::vector<std::string> classes = {});

// Throws status unless there is something to read and something to learn, within the limits: names, words and classes
// are UTF-8 without NUL, words and classes differ, fills are finite.
void check_schema(const Schema& schema, nib_status status);

} // namespace nib
