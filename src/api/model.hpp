#pragma once

#include "api/context.hpp"
#include "net/model.hpp"
#include "net/predict.hpp"

#include <optional>

struct nib_model {
    nib_context* context;
    nib::Model model;
    std::optional<nib::Predictor> predictor{}; // created at the first prediction
    nib::Buffer<char> file{};                  // of the last nib_model_data
};
