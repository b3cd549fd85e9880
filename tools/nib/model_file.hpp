// Model files of either kind.
#pragma once

#include "streams.hpp"

#include "nib/nib.hpp"

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <variant>

namespace nib::cli {

using ModelFile = std::variant<nib::model, nib::folded>;

// A file of either kind before its numbers are loaded. A regular file is loaded by its path; of a pipe or standard
// input, which can be read once, all bytes are kept.
struct ModelSource {
    std::string name;  // for messages, and the path of a regular file
    std::string start; // the first bytes
    std::optional<std::string> bytes;
};

// Throws Failure if the first bytes are of neither kind, and whatever read_input throws.
ModelSource open_model(const std::string& path);

// Call nib_model_load and nib_model_load_parameters, and throw nib::error. A note says what was converted. names: the
// path of a map of the file's names; "": it has the network's.
nib::model model_of(const nib::context& context, const ModelSource& source);
void set_parameters(nib::model& model, const ModelSource& source, const std::string& names = "");

// like: empty, or the file of a model with the same network; path is then a state_dict, which states neither its
// network nor its vocabulary.
ModelFile load_model_file(const nib::context& context, const std::string& path, const std::string& like = "");

// The model of a file that must not be a folded one.
nib::model load_model(const nib::context& context, const std::string& path, const std::string& like = "");

void add_like(CLI::App& command, std::string& like);

} // namespace nib::cli
