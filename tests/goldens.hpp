// Reads the golden files, which tests/goldens/README.md describes.
#pragma once

#include "nib/nib.h"
#include "paths.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace nib::test {

using Json = nlohmann::json;

Json read_json(const std::string& path);

// Each file is read once and kept, so that loops over a part of it are safe.
const Json& golden(const char* name);

// Options by the library's tables: an object of names, numbers and words. The golden owns the texts.
nib_model_options model_options(const Json& json);
nib_train_options train_options(const Json& json);

} // namespace nib::test
