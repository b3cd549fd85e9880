// Networks to train, and how.
#pragma once

#include "data.hpp"
#include "net/model.hpp"
#include "nib/nib.h"

#include <string>

namespace nib::bench {

// A network, and how it is trained but for the batch size.
struct Recipe {
    std::string network, input;
    nib_train_options train;
    const Dataset& (*data)() = words;
};

Recipe preset_recipe(const std::string& name);

// With its initial parameters.
Model new_model(const Recipe& recipe);

// Steps for as long as one likes.
nib_train_options without_end(nib_train_options options, int batch);

} // namespace nib::bench
