// What an observed step leaves behind beyond what it needs itself.
#pragma once

#include "base/buffer.hpp"
#include "nn/layout.hpp"

namespace nib {

// An observed step computes the same numbers as any other and writes some of them here that are otherwise never in
// memory. The gradients of weight matrices whose update is fused with their product go to the arena of gradients.
struct Observation {
    // stride: floats between rows of activations. keeps_before: whether `before` is wanted.
    Observation(const Layout& layout, std::ptrdiff_t activation_stride, bool keeps_before, Memory* memory)
        : stride(activation_stride),
          width(layout.layers.front().outputs),
          gradients(static_cast<std::size_t>(hidden_layers(layout) * width * stride), memory),
          slopes(gradients.size(), memory),
          before(keeps_before ? static_cast<std::size_t>(layout.size) : 0, memory)
    {
    }

    // All layers but the last.
    static std::ptrdiff_t hidden_layers(const Layout& layout) noexcept
    {
        return static_cast<std::ptrdiff_t>(layout.layers.size()) - 1;
    }

    // (width, stride): the loss's gradient by the activations of a hidden layer.
    float* gradient(std::size_t layer) noexcept { return gradients.data() + offset(layer); }
    const float* gradient(std::size_t layer) const noexcept { return gradients.data() + offset(layer); }

    // (width, stride): the activation function's slopes there.
    float* slope(std::size_t layer) noexcept { return slopes.data() + offset(layer); }
    const float* slope(std::size_t layer) const noexcept { return slopes.data() + offset(layer); }

    std::ptrdiff_t stride, width; // all hidden layers have one width
    Buffer<float> gradients, slopes;
    Buffer<float> before; // the parameters before the update, laid out as they are; empty where it is -lr gradient

private:
    std::ptrdiff_t offset(std::size_t layer) const noexcept
    {
        return static_cast<std::ptrdiff_t>(layer) * width * stride;
    }
};

} // namespace nib
