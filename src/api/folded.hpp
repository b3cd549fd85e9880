#pragma once

#include "api/context.hpp"
#include "deploy/fold.hpp"
#include "deploy/folded.hpp"

struct nib_folded {
    nib_context* context;
    nib::Folded folded;
};

namespace nib::api {

nib_fold_options default_fold_options();

// Checks options and converts them to FoldAs. Throws if one of them is out of its range.
FoldAs checked(const nib_fold_options& options);

} // namespace nib::api
