// The window of a convolution or a pool, as its options give it: sizes side by side, "3" or "3x5".
#pragma once

#include "base/extents.hpp"
#include "kernels/convolution.hpp"
#include "net/layer_shape.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nib {

// Each is one number for both axes of an image and the one of a signal, or the heights' and the widths'
// (base/extents.hpp).
struct WindowOptions {
    std::int64_t taps, stride, padding, dilation;
};

// None where an option has two numbers and the planes have one axis, or where the window is longer than the padded
// input.
struct PlaneWindow {
    kernels::WindowAxis y, x;
};
std::optional<PlaneWindow> window_of(const WindowOptions& options, const LayerShape& in);

// The planes that are left of these.
LayerShape shape_of(const PlaneWindow& window, const LayerShape& in, std::ptrdiff_t channels);

// "kernel_size" is required; the others are written where they differ from torch.nn's defaults.
struct PytorchWindow {
    std::string taps, stride, padding, dilation;
};
PytorchWindow pytorch_window(const WindowOptions& options, std::int64_t usual_stride);

// 1 for a signal, 2 for an image: the digit of torch.nn's names.
int axes_of(const LayerShape& shape) noexcept;

} // namespace nib
