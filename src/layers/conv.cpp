#include "layers/conv.hpp"

#include "layers/block.hpp"
#include "layers/linear.hpp"
#include "layers/list.hpp"
#include "net/fold_list.hpp"
#include "net/model.hpp"

#include <cmath>

namespace nib {

namespace {

constexpr FieldRange taps_range = {1, kernels::most_taps};
constexpr FieldRange stride_range = {1, kernels::most_window_stride};
constexpr FieldRange padding_range = {0, 4096}, dilation_range = {1, 4096};

constexpr Field channels = number_field<&ConvOptions::outputs>("channels", {1, 65536}, 0, "output channels");

constexpr Field signal_sizes[] = {
    channels,
    extents_field<&ConvOptions::taps>("kernel", taps_range, 1, 0, "size of the window"),
};
constexpr Field image_sizes[] = {
    channels,
    extents_field<&ConvOptions::taps>("kernel", taps_range, 2, 0, "size of the window"),
};

template <int axes>
constexpr Field keys[] = {
    extents_field<&ConvOptions::stride>("stride", stride_range, axes, 1, "from one window to the next"),
    extents_field<&ConvOptions::padding>("padding", padding_range, axes, 0, "zeros around the planes"),
    extents_field<&ConvOptions::dilation>("dilation", dilation_range, axes, 1, "from one tap of a window to the next"),
    number_field<&ConvOptions::groups>("groups", {1, 65536}, 1,
                                       "parts of the channels, each convolved\nby itself"),
    flag_field<&ConvOptions::bias>("bias", 1, "whether something is added to each output"),
    number_field<&ConvOptions::gain>("gain", number_from_zero, 1, "of the weights"),
};

std::optional<LayerShape> shape(const LayerSpec& spec, const LayerShape& in)
{
    const auto& o = spec.options.as<ConvOptions>();
    const bool is_of_kind = in.kind == (spec.kind == &conv1d_layer ? ShapeKind::signal : ShapeKind::image);
    if (!is_of_kind || in.channels % o.groups != 0 || o.outputs % o.groups != 0) return std::nullopt;
    const std::optional<PlaneWindow> window = window_of(o.window(), in);
    return window ? std::optional(shape_of(*window, in, o.outputs)) : std::nullopt;
}

TapShape taps_of(const Node& node)
{
    const PlaneWindow window = *window_of(node.spec.options.as<ConvOptions>().window(), node.in);
    return {window.y.taps, window.x.taps};
}

std::ptrdiff_t group_channels(const Node& node)
{
    return node.in.channels / node.spec.options.as<ConvOptions>().groups;
}

void declare(const Node& node, std::ptrdiff_t, Layout& layout)
{
    layout.add_filters(node.position + ".weight", node.out.channels, group_channels(node), taps_of(node),
                       2 + axes_of(node.in));
    if (has_bias(node)) layout.add_vector(node.position + ".bias", node.out.channels);
}

// randn in PyTorch's order, (outputs, channels, taps), times gain / sqrt(fan_in).
void initialise(Model& model, std::size_t index)
{
    const Node& node = model.network.nodes()[index];
    const Tensor& weight = model.layout.tensor(index, 0);
    Buffer<float> drawn(static_cast<std::size_t>(weight.rows * weight.columns), model.memory);
    randn(model.generator, drawn.span());
    const double gain = node.spec.options.as<ConvOptions>().gain;
    const float scale = static_cast<float>(gain / std::sqrt(static_cast<double>(weight.columns)));
    for (float& each : drawn) each *= scale;
    write_tensor(weight, drawn.data(), model.parameters.data());
}

std::ptrdiff_t multiply_adds(const Node& node)
{
    return node.out.rows() * group_channels(node) * taps_of(node).count();
}

void fold(const Node& node, FoldList& list)
{
    const kernels::Convolution convolution = convolution_of(node, 1, 1);
    list.add_convolution(node, convolution.y, convolution.x, convolution.groups);
}

PytorchModule pytorch(const Node& node, std::ptrdiff_t)
{
    const auto& o = node.spec.options.as<ConvOptions>();
    const PytorchWindow window = pytorch_window(o.window(), 1);
    const std::string groups = o.groups == 1 ? "" : "groups=" + std::to_string(o.groups);
    return {python_call(axes_of(node.in) == 1 ? "nn.Conv1d" : "nn.Conv2d",
                        {std::to_string(node.in.channels), std::to_string(o.outputs), window.taps, window.stride,
                         window.padding, window.dilation, groups, o.bias != 0 ? "" : "bias=False"})};
}

constexpr LayerKind make_layer(const char* name, const char* help, const char* expects, std::span<const Field> sizes,
                               std::span<const Field> options)
{
    return {
        .word = {.name = name, .help = help, .sizes = sizes, .required = 2, .keys = options},
        .initial = initial_of_weights,
        .expects = expects,
        .shape = shape,
        .declare = declare,
        .initialise = initialise,
        .takes = block_takes,
        .evaluate = evaluate_block,
        .plan = plan_block,
        .fold = fold,
        .multiply_adds = multiply_adds,
        .pytorch = pytorch,
    };
}

} // namespace

kernels::Convolution convolution_of(const Node& node, std::ptrdiff_t examples, std::ptrdiff_t stride)
{
    const auto& o = node.spec.options.as<ConvOptions>();
    const PlaneWindow window = *window_of(o.window(), node.in);
    return {.y = window.y,
            .x = window.x,
            .channels = node.in.channels,
            .outputs = node.out.channels,
            .groups = o.groups,
            .examples = examples,
            .stride = stride};
}

constinit const LayerKind conv1d_layer =
    make_layer("conv1d", "N channels, each a weighted sum of what a window of K meets in a series",
               "a series (C, L) at least as long as the window, C divisible by the groups, as is the number of channels; "
               "input floats CxL gives one",
               signal_sizes, keys<1>);

constinit const LayerKind conv2d_layer =
    make_layer("conv2d", "N channels, each a weighted sum of what a window of HxW meets in a picture",
               "a picture (C, H, W) at least as large as the window, C divisible by the groups, as is the number of "
               "channels; input floats CxHxW gives one",
               image_sizes, keys<2>);

} // namespace nib
