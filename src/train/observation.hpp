// What an observed step leaves behind beyond what it needs itself.
#pragma once

#include "base/buffer.hpp"
#include "layers/mlp.hpp"

#include <vector>

namespace nib {

// An observed step computes the same numbers as any other and writes some of them here that are otherwise never in
// memory. The gradients of weight matrices whose update is fused with their product go to the arena of gradients.
struct Observation {
    // stride: floats between rows of activations. keeps_before: whether `before` is wanted.
    Observation(const Model& model, const Mlp& mlp, std::ptrdiff_t activation_stride, bool keeps_before, Memory* memory)
        : stride(activation_stride)
    {
        std::ptrdiff_t rows = 0;
        for (std::size_t i = 0; i + 1 < mlp.layers.size(); ++i) {
            offsets.push_back(rows * stride);
            rows += mlp.layers[i].outputs;
        }
        gradients = Buffer<float>(static_cast<std::size_t>(rows * stride), memory);
        slopes = Buffer<float>(gradients.size(), memory);
        before = Buffer<float>(keeps_before ? static_cast<std::size_t>(model.layout.size) : 0, memory);
    }

    // (outputs, stride): the loss's gradient by the activations of a hidden layer.
    float* gradient(std::size_t layer) noexcept { return gradients.data() + offsets[layer]; }
    const float* gradient(std::size_t layer) const noexcept { return gradients.data() + offsets[layer]; }

    // (outputs, stride): the activation function's slopes there.
    float* slope(std::size_t layer) noexcept { return slopes.data() + offsets[layer]; }
    const float* slope(std::size_t layer) const noexcept { return slopes.data() + offsets[layer]; }

    std::ptrdiff_t stride;
    std::vector<std::ptrdiff_t> offsets; // of each hidden layer's
    Buffer<float> gradients, slopes;
    Buffer<float> before; // the parameters before the update, laid out as they are; empty where it is -lr gradient
};

} // namespace nib
