// The loss of a folded model over a whole split.
#pragma once

#include "deploy/folded.hpp"
#include "io/dataset.hpp"

namespace nib {

// As evaluate() of a model.
double evaluate(const Folded& folded, const Dataset& data, nib_split split, int threads);

} // namespace nib
