// The library's names for what the command line has options for.
#pragma once

#include <string>

namespace nib::cli {

// A message of the library in which the fields of its structs are called as one types them: "--batch is 1: ..." for
// "batch_size is 1: ...".
std::string as_typed(std::string message);

} // namespace nib::cli
