// The probability of a given item.
#pragma once

#include "deploy/folded.hpp"
#include "net/model.hpp"

#include <string_view>

namespace nib {

// The sum of the logarithms of the probabilities of the item's symbols and of the end mark behind them. Throws
// NIB_ERR_MISMATCH for a symbol that is not in the vocabulary, NIB_ERR_DIVERGED if a logit is not finite.
double log_probability(const Model& model, std::string_view item, int threads);
double log_probability(Folded& folded, std::string_view item);

} // namespace nib
