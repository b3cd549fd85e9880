// Model files of either kind.
#pragma once

#include "handles.hpp"

#include <string>

namespace nib::cli {

// One of the two is set.
struct ModelFile {
    Model model;
    Folded folded;
};

ModelFile load_model_file(const Context& context, const std::string& path);

// The model of a file that must not be a folded one.
Model load_model(const Context& context, const std::string& path);

} // namespace nib::cli
