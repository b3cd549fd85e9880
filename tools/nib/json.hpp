// Results as JSON.
#pragma once

#include <nlohmann/json.hpp>

namespace nib::cli {

// Whose members stay in the order in which they are added. A number that is not finite is printed as null.
using Json = nlohmann::ordered_json;

// The one value that a command with --json prints, as a line of standard output. Bytes that are no UTF-8 are replaced.
void print_json(const Json& value);

} // namespace nib::cli
