// The activations as layers: one for each word of activations/list.hpp.
#pragma once

#include "net/layer_kind.hpp"
#include "nib/nib.h"

#include <span>

namespace nib {

std::span<const LayerKind> activation_layers();

bool is_activation(const LayerKind& kind);

// The layer must be an activation.
nib_activation activation_of(const LayerSpec& spec);

} // namespace nib
