// Options of a command from a file, for commands that have many.
#pragma once

#include <CLI/CLI.hpp>

namespace nib::cli {

// Adds --config FILE, which sets options that the command line does not have, one a line: "steps = 100"; and
// --print-config, which prints all options as such a file and ends the program. The command must have all its options,
// and check_in_order must have been called: the file is read after the whole command line.
void add_config(CLI::App& command);

} // namespace nib::cli
