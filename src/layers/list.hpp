// The list of all layers, each of which has its own file, and the words of a network, its input and its loss.
#pragma once

#include "net/layer_kind.hpp"

namespace nib {

extern const LayerKind embedding_layer, flatten_layer, linear_layer, batchnorm_layer, layernorm_layer, rmsnorm_layer,
    dropout_layer, residual_layer, standardize_layer, unscale_layer, conv1d_layer, conv2d_layer, maxpool_layer,
    avgpool_layer, global_average_layer;

// The words of the layers, the activations, the inputs and the losses.
const SpecWords& spec_words();

} // namespace nib
