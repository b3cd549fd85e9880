// Model files of either kind.
#pragma once

#include "handles.hpp"
#include "streams.hpp"

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

namespace nib::cli {

// One of the two is set.
struct ModelFile {
    Model model;
    Folded folded;
};

// A file of either kind, before its numbers are loaded: a regular file, which is loaded by its path, or all bytes of a
// pipe or of standard input, which can be read once.
struct ModelSource {
    std::string name;  // for messages, and the path of a regular file
    std::string start; // the first bytes
    std::optional<std::string> bytes;
};

// Throws Failure where the first bytes are of neither kind, and as read_input does.
ModelSource open_model(const std::string& path);

// As nib_model_load and nib_model_load_parameters; model_of leaves it to the caller to check the status. A note says
// what was converted.
nib_status model_of(const Context& context, const ModelSource& source, Model& model);
void set_parameters(const Context& context, nib_model* model, const ModelSource& source);

// like: empty, or the file of a model of the same network; path is then a state_dict, which names neither its network
// nor its vocabulary.
ModelFile load_model_file(const Context& context, const std::string& path, const std::string& like = "");

// The model of a file that must not be a folded one.
Model load_model(const Context& context, const std::string& path, const std::string& like = "");

void add_like(CLI::App& command, std::string& like);

} // namespace nib::cli
