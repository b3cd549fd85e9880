// The list of the losses, each of which has its own file.
#pragma once

#include "net/layer_kind.hpp"

namespace nib {

extern const LossKind cross_entropy_loss;
extern const LossKind logistic_loss;
extern const LossKind squared_loss;
extern const LossKind huber_loss;

} // namespace nib
