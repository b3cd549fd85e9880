// The output of nib info for a model file, as JSON.
#pragma once

#include "json.hpp"

#include "nib/nib.hpp"

namespace nib::cli {

Json json_of(const nib::model& model);
Json json_of(const nib::folded& folded);

} // namespace nib::cli
