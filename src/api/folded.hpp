#pragma once

#include "api/context.hpp"
#include "deploy/folded.hpp"

struct nib_folded {
    nib_context* context;
    nib::Folded folded;
};
