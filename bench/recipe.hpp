// Networks to train, and how.
#pragma once

#include "data.hpp"
#include "net/model.hpp"
#include "nib/nib.h"

#include <string>

namespace nib::bench {

// A network, and the options of its training except the batch size.
struct Recipe {
    std::string network, input;
    nib_train_options train;
    const Dataset& (*data)() = words;
};

Recipe preset_recipe(const std::string& name);

// lecture-deep with wider layers.
Recipe wide_recipe(int hidden);

// The model with its initial parameters.
Model new_model(const Recipe& recipe);

// The options with as many steps as anyone needs.
nib_train_options without_end(nib_train_options options, int batch);

} // namespace nib::bench
