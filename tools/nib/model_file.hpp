// Model files of either kind.
#pragma once

#include "handles.hpp"
#include "streams.hpp"

#include <CLI/CLI.hpp>

#include <string>

namespace nib::cli {

// One of the two is set.
struct ModelFile {
    Model model;
    Folded folded;
};

// As nib_model_load and nib_model_load_parameters, of what was read; model_of leaves it to the caller to check the
// status.
nib_status model_of(const Context& context, const Input& input, Model& model);
void set_parameters(const Context& context, nib_model* model, const Input& input);

// like: empty, or the file of a model of the same network; path is then a state_dict, which names neither its network
// nor its vocabulary.
ModelFile load_model_file(const Context& context, const std::string& path, const std::string& like = "");

// The model of a file that must not be a folded one.
Model load_model(const Context& context, const std::string& path, const std::string& like = "");

void add_like(CLI::App& command, std::string& like);

} // namespace nib::cli
