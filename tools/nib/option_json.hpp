// The options of a model or of its training as JSON.
#pragma once

#include "json.hpp"
#include "option_infos.hpp"

namespace nib::cli {

// Every option, in the order of the struct. values: the struct that the options are members of.
Json json_of_options(OptionInfos infos, const void* values);

} // namespace nib::cli
