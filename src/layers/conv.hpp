// conv1d N K and conv2d N KxK: each output channel a weighted sum of what a window meets in the input channels
// (torch.nn.Conv1d, torch.nn.Conv2d).
#pragma once

#include "layers/window.hpp"
#include "net/network.hpp"

#include <cstdint>

namespace nib {

struct ConvOptions {
    std::int32_t outputs, groups, bias;
    std::int64_t taps, stride, padding, dilation;
    double gain;

    WindowOptions window() const noexcept { return {taps, stride, padding, dilation}; }
};

// The node's convolution of a batch.
kernels::Convolution convolution_of(const Node& node, std::ptrdiff_t examples, std::ptrdiff_t stride);

} // namespace nib
