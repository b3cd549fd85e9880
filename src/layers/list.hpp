// Every layer, each in a file of its own, and the inputs that a network may have.
#pragma once

#include "net/layer_kind.hpp"

namespace nib {

extern const LayerKind embedding_layer, flatten_layer, linear_layer, batchnorm_layer, layernorm_layer, rmsnorm_layer,
    dropout_layer, residual_layer;

// Those and the activations.
const SpecWords& spec_words();

} // namespace nib
