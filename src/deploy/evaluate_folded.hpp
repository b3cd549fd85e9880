// The loss of a folded model over a whole split.
#pragma once

#include "deploy/folded.hpp"
#include "io/dataset.hpp"

namespace nib {

// Same as evaluate() of a model, except that for numbers the loss is the mean of the squared differences in the data's
// unit: a folded file does not store the loss that the model was trained with.
double evaluate(const Folded& folded, const Dataset& data, nib_split split, int threads);

} // namespace nib
