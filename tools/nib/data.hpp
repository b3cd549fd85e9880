// The text that a command works on.
#pragma once

#include "handles.hpp"

#include <CLI/CLI.hpp>

#include <string>

namespace nib::cli {

// The positional DATA; path stays empty where it is not given.
void add_data(CLI::App& command, std::string& path);

// path, or that of the bundled names where it is empty.
std::string data_file(const std::string& path);

// Reads that file, and says on stderr which one it was and what is in it.
Dataset load_data(const Context& context, const std::string& path, const nib_dataset_options& options);

// The same, but no data set where path is empty and the names have a symbol that options.vocabulary_of lacks: they are
// not what that model was trained on.
Dataset load_fitting_data(const Context& context, const std::string& path, const nib_dataset_options& options);

// Prints the loss of a whole split as a result, "val 2.1056840", and returns it.
double print_loss(const Context& context, nib_model* model, const nib_dataset* dataset, nib_split split);

} // namespace nib::cli
