// The loss of a folded model over a whole split.
#pragma once

#include "deploy/folded.hpp"
#include "io/text.hpp"

namespace nib {

// As evaluate() of a model.
double evaluate(const Folded& folded, const Text& text, nib_split split, int threads);

} // namespace nib
