// An observed step leaves more behind than it needs itself.
#pragma once

#include "base/buffer.hpp"

#include <cstddef>

namespace nib {

// An observed step computes the same numbers as any other and writes some of them here that are otherwise never in
// memory. The gradients of weight matrices whose update is fused with their product go to the arena of gradients.
struct Observation {
    // rows: of the outputs of all activation layers, (rows, stride) each array. before: floats of the parameters' arena
    // that are wanted from before the update; 0 where the update is -lr gradient.
    Observation(std::ptrdiff_t rows, std::ptrdiff_t stride, std::ptrdiff_t before_size, Memory* memory)
        : gradients(static_cast<std::size_t>(rows * stride), memory),
          slopes(gradients.size(), memory),
          before(static_cast<std::size_t>(before_size), memory)
    {
    }

    Buffer<float> gradients; // of the loss by the activations' outputs
    Buffer<float> slopes;    // of the activation functions there
    Buffer<float> before;
};

} // namespace nib
