// A network that is a multilayer perceptron over symbols: embedding, flatten, then linear layers, each with batch
// normalisation or a bias and, but for the last one, an activation.
#pragma once

#include "net/model.hpp"

#include <vector>

namespace nib {

// Linear, then batch normalisation or a bias, then the activation. Offsets are into the model's arena; running_* into
// its running statistics.
struct MlpLayer {
    std::ptrdiff_t inputs, outputs;
    std::ptrdiff_t weight; // (outputs, inputs), rows weight_stride apart, padding 0
    std::ptrdiff_t weight_stride;
    bool norm;                                     // gamma and shift (beta); otherwise shift alone (the bias)
    std::ptrdiff_t gamma, shift;                   // gamma is -1 without norm
    std::ptrdiff_t running_mean, running_variance; // -1 without norm
    nib_activation activation;
    std::size_t first_node, last_node;
};

struct Mlp {
    std::ptrdiff_t embedding, embedding_stride, embedding_size; // rows of symbols side by side
    std::vector<MlpLayer> layers;
};

// Throws NIB_ERR_UNSUPPORTED that names the first layer that does not fit, after what cannot be done: "folding".
Mlp mlp_of(const Model& model, const char* task);

// Scale and shift of each neuron in evaluation mode, a plain bias being a shift with scale 1: outputs numbers each.
void evaluation_affine(const Model& model, const MlpLayer& layer, double* scale, double* shift);

} // namespace nib
