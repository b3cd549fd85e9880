// A command line that cannot be parsed.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace nib::cli {

// Makes each option be checked where it stands, so that the first wrong word of a command line is reported. Called when
// an App has all its options.
void check_in_order(CLI::App& app);

// The message for an error of the command line, for CLI::App::failure_message.
std::string usage_message(const CLI::App* app, const CLI::Error& error);

// The names of the subcommands or options that are not hidden.
std::vector<std::string> command_names(const CLI::App& app);
std::vector<std::string> option_names(const CLI::App& command);

} // namespace nib::cli
