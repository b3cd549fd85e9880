// How likely a given item is.
#pragma once

#include "deploy/folded.hpp"
#include "net/model.hpp"

#include <string_view>

namespace nib {

// The logarithm of the probability of each of the item's symbols and of the end behind them, summed. Throw
// NIB_ERR_MISMATCH for a symbol that the vocabulary lacks, NIB_ERR_DIVERGED where a logit is not finite.
double log_probability(const Model& model, std::string_view item, int threads);
double log_probability(Folded& folded, std::string_view item);

} // namespace nib
