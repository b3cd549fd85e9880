// Model files of either kind.
#pragma once

#include "handles.hpp"

#include <CLI/CLI.hpp>

#include <string>

namespace nib::cli {

// One of the two is set.
struct ModelFile {
    Model model;
    Folded folded;
};

// like: empty, or the file of a model of the same network; path is then a state_dict, which names neither its network
// nor its vocabulary.
ModelFile load_model_file(const Context& context, const std::string& path, const std::string& like = "");

// The model of a file that must not be a folded one.
Model load_model(const Context& context, const std::string& path, const std::string& like = "");

void add_like(CLI::App& command, std::string& like);

} // namespace nib::cli
