#pragma once

#include "api/context.hpp"
#include "net/model.hpp"

struct nib_model {
    nib_context* context;
    nib::Model model;
};
