// The names of a table's classes in the form of a folded file: infer/names.hpp.
#pragma once

#include "infer/view.hpp"
#include "io/schema.hpp"

#include <string>
#include <vector>

namespace nib {

std::string section_of_names(const std::vector<std::string>& classes);

std::vector<std::string> read_names(const infer::View& view);

// The schema's text in the form of a folded file: without the classes.
std::string text_without_classes(const Schema& schema);

} // namespace nib
