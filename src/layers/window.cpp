#include "layers/window.hpp"

namespace nib {

namespace {

// The number for an axis: 0 for the heights, 1 for the widths.
std::ptrdiff_t of_axis(std::int64_t option, int axis)
{
    const Extents extents = unpacked_extents(option);
    return static_cast<std::ptrdiff_t>(extents.n[extents.count == 1 ? 0 : axis]);
}

std::optional<kernels::WindowAxis> axis_of(const WindowOptions& o, std::ptrdiff_t in, int axis)
{
    kernels::WindowAxis w = {.in = in,
                             .out = 1,
                             .taps = of_axis(o.taps, axis),
                             .stride = of_axis(o.stride, axis),
                             .padding = of_axis(o.padding, axis),
                             .dilation = of_axis(o.dilation, axis)};
    w.out = kernels::window_outputs(w);
    return w.out < 1 ? std::nullopt : std::optional(w);
}

// "3" or "(3, 5)".
std::string python_extents(std::int64_t option)
{
    const Extents extents = unpacked_extents(option);
    if (extents.count == 1) return std::to_string(extents.n[0]);
    std::string text = "(";
    return text.append(std::to_string(extents.n[0])).append(", ").append(std::to_string(extents.n[1])).append(")");
}

std::string python_key(const char* name, std::int64_t option, std::int64_t usual)
{
    return option == usual ? std::string() : std::string(name).append("=").append(python_extents(option));
}

} // namespace

std::optional<PlaneWindow> window_of(const WindowOptions& options, const LayerShape& in)
{
    if (!in.is_planes()) return std::nullopt;
    if (in.kind == ShapeKind::signal) {
        for (const std::int64_t each : {options.taps, options.stride, options.padding, options.dilation})
            if (unpacked_extents(each).count > 1) return std::nullopt;
    }
    PlaneWindow window;
    const std::optional<kernels::WindowAxis> x = axis_of(options, in.width, 1);
    if (!x) return std::nullopt;
    window.x = *x;
    if (in.kind == ShapeKind::signal) return window;
    const std::optional<kernels::WindowAxis> y = axis_of(options, in.height, 0);
    if (!y) return std::nullopt;
    window.y = *y;
    return window;
}

LayerShape shape_of(const PlaneWindow& window, const LayerShape& in, std::ptrdiff_t channels)
{
    return {in.kind, channels, window.y.out, window.x.out};
}

PytorchWindow pytorch_window(const WindowOptions& options, std::int64_t usual_stride)
{
    return {python_extents(options.taps), python_key("stride", options.stride, usual_stride),
            python_key("padding", options.padding, 0), python_key("dilation", options.dilation, 1)};
}

int axes_of(const LayerShape& shape) noexcept { return shape.kind == ShapeKind::signal ? 1 : 2; }

} // namespace nib
