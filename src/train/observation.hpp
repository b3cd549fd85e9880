// What an observed step leaves behind beyond what it needs itself.
#pragma once

#include "base/buffer.hpp"
#include "nn/layout.hpp"

namespace nib {

// An observed step computes the same numbers as any other and writes two kinds of them here that are otherwise never in
// memory. A third, the gradients of weight matrices whose update is fused with their product, goes to the arena of
// gradients.
struct Observation {
    // stride: floats between rows of activations. keeps_before: whether `before` is wanted.
    Observation(const Layout& layout, std::ptrdiff_t activation_stride, bool keeps_before, Memory* memory)
        : stride(activation_stride),
          width(layout.layers.front().outputs),
          gradients(static_cast<std::size_t>(hidden_layers(layout) * width * stride), memory),
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

    std::ptrdiff_t stride, width; // all hidden layers have one width
    Buffer<float> gradients;
    Buffer<float> before; // the parameters before the update, laid out as they are; empty where it is -lr gradient

private:
    std::ptrdiff_t offset(std::size_t layer) const noexcept
    {
        return static_cast<std::ptrdiff_t>(layer) * width * stride;
    }
};

} // namespace nib
