#pragma once

#include "api/context.hpp"
#include "io/text.hpp"

struct nib_dataset {
    nib_context* context;
    nib::Text text;
};
