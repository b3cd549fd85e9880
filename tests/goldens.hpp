// Reads the golden files: tests/goldens/README.md says what is in them.
#pragma once

#include "nib/nib.h"
#include "paths.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace nib::test {

using Json = nlohmann::json;

Json read_json(const std::string& path);

// Read once and kept, so that loops over a part of one are safe.
const Json& golden(const char* name);

// Options as the tables of the library have them: an object of names, numbers and words. Texts stay the golden's.
nib_model_options model_options(const Json& json);
nib_train_options train_options(const Json& json);

} // namespace nib::test
