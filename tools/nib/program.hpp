// The program nib: its command line, and how it ends.
#pragma once

#include "ranks.hpp"

namespace nib::cli {

// Returns the exit status, or ends the process by the signal that stopped its run.
int run_program(int argc, char** argv, Ranks& ranks);

} // namespace nib::cli
