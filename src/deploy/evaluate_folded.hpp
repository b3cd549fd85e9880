// The loss of a folded model over a whole split.
#pragma once

#include "deploy/folded.hpp"
#include "io/dataset.hpp"

namespace nib {

// As evaluate() of a model; but of numbers the mean of the squared differences in the data's unit, whatever the model
// was trained with: a folded file does not say.
double evaluate(const Folded& folded, const Dataset& data, nib_split split, int threads);

} // namespace nib
