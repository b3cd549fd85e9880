// A command line that cannot be parsed.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace nib::cli {

// Lets each option be checked where it stands, so that the first wrong word of a command line is the one that is
// reported. For the end of an App's making.
void check_in_order(CLI::App& app);

// What to say of the error: an App's failure_message.
std::string usage_message(const CLI::App* app, const CLI::Error& error);

// The names of what is not hidden.
std::vector<std::string> command_names(const CLI::App& app);
std::vector<std::string> option_names(const CLI::App& command);

} // namespace nib::cli
