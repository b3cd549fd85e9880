// Translates the library's names of options to those of the command line.
#pragma once

#include <string>

namespace nib::cli {

// Renames the fields of structs in a message of the library to the options as one types them: "--batch is 1: ..." for
// "batch_size is 1: ...".
std::string as_typed(std::string message);

} // namespace nib::cli
