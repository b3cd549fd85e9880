// Every layer, each in a file of its own, and the words that a network, its input and its loss may have.
#pragma once

#include "net/layer_kind.hpp"

namespace nib {

extern const LayerKind embedding_layer, flatten_layer, linear_layer, batchnorm_layer, layernorm_layer, rmsnorm_layer,
    dropout_layer, residual_layer, standardize_layer, unscale_layer;

// Those, the activations, the inputs and the losses.
const SpecWords& spec_words();

} // namespace nib
