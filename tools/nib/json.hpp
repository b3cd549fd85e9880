// Results as JSON.
#pragma once

#include <nlohmann/json.hpp>

namespace nib::cli {

// Members stay in the order in which they are added. A number that is not finite is printed as null.
using Json = nlohmann::ordered_json;

// Prints the one value of a command with --json as a line of standard output. Bytes that are not UTF-8 are replaced.
void print_json(const Json& value);

} // namespace nib::cli
