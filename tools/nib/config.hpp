// Options of a command from a file, for commands that have many.
#pragma once

#include <CLI/CLI.hpp>

namespace nib::cli {

// --config FILE: options that the command line does not have, a line each, "steps = 100". --print-config prints them
// all as such a file, and ends the program. For a command whose options are all there, with check_in_order behind it:
// the file is read once the whole command line is.
void add_config(CLI::App& command);

} // namespace nib::cli
