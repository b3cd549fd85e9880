// The named recipes: a network, its initialisation and its training.
#pragma once

#include "nib/nib.h"

#include <span>
#include <string_view>

namespace nib {

struct Preset {
    const char* name;
    nib_model_options model; // whose texts are static
    nib_train_options train;
};

// All of them, in the order of nib_preset_name.
std::span<const Preset> presets();

// NULL: there is none of this name.
const Preset* find_preset(std::string_view name);

} // namespace nib
