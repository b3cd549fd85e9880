#pragma once

#include "api/context.hpp"
#include "nn/model.hpp"

struct nib_model {
    nib_context* context;
    nib::Model model;
};
