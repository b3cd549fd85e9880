// The named presets: a network, its initialisation and its training.
#pragma once

#include "nib/nib.h"

#include <span>
#include <string_view>

namespace nib {

struct Preset {
    const char* name;
    nib_model_options model; // its texts are static
    nib_train_options train;
};

// All presets, in the order of nib_preset_name.
std::span<const Preset> presets();

// Returns NULL if there is no preset of this name.
const Preset* find_preset(std::string_view name);

} // namespace nib
