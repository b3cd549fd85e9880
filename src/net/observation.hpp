// An observed step also records numbers that it does not need itself.
#pragma once

#include "base/buffer.hpp"

#include <cstddef>

namespace nib {

// An observed step computes the same numbers as any other, and also writes some here that otherwise never reach memory.
// The gradients of weight matrices whose update is fused with their product go to the arena of gradients.
struct Observation {
    // rows: of the outputs of all activation layers; each array is (rows, stride). before_size: the floats of the
    // parameters' arena that are wanted as they were before the update; 0 if the update is -lr gradient.
    Observation(std::ptrdiff_t rows, std::ptrdiff_t stride, std::ptrdiff_t before_size, Memory* memory)
        : gradients(static_cast<std::size_t>(rows * stride), memory),
          slopes(gradients.size(), memory),
          before(static_cast<std::size_t>(before_size), memory)
    {
    }

    Buffer<float> gradients; // of the loss with respect to the activations' outputs
    Buffer<float> slopes;    // of the activation functions at the same places
    Buffer<float> before;
};

} // namespace nib
