// The names of a table's classes as a folded file has them: infer/names.hpp.
#pragma once

#include "infer/view.hpp"
#include "io/schema.hpp"

#include <string>
#include <vector>

namespace nib {

std::string section_of_names(const std::vector<std::string>& classes);

std::vector<std::string> read_names(const infer::View& view);

// The schema's text as a folded file has it: without the classes.
std::string text_without_classes(const Schema& schema);

} // namespace nib
