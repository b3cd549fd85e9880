// maxpool K, avgpool K and global-average: the largest number, or the mean, of each window of each channel
// (torch.nn.MaxPool2d, AvgPool2d and AdaptiveAvgPool2d(1), and the same of one axis).
#include "layers/list.hpp"
#include "layers/window.hpp"
#include "net/evaluation.hpp"
#include "net/fold_list.hpp"
#include "net/model.hpp"
#include "net/planner.hpp"

namespace nib {

namespace {

struct PoolOptions {
    std::int64_t taps, stride, padding;

    WindowOptions window() const noexcept { return {taps, stride == 0 ? taps : stride, padding, 1}; }
};

constexpr Field sizes[] = {
    extents_field<&PoolOptions::taps>("kernel", {1, kernels::most_taps}, 2, 0, "size of the window"),
};

constexpr Field keys[] = {
    extents_field<&PoolOptions::stride>("stride", {1, kernels::most_window_stride}, 2, 0,
                                        "from one window to the next; usually its size"),
    extents_field<&PoolOptions::padding>("padding", {0, kernels::most_taps / 2}, 2, 0, "a border around the planes"),
};

// As in torch.nn, no window may lie in the border alone.
const char* check(const SpecOptions& options)
{
    const auto& o = options.as<PoolOptions>();
    const Extents taps = unpacked_extents(o.taps), padding = unpacked_extents(o.padding);
    for (int axis = 0; axis < 2; ++axis) {
        const auto of = [&](const Extents& e) { return e.n[e.count == 1 ? 0 : axis]; };
        if (2 * of(padding) > of(taps)) return "the padding is more than half of the kernel";
    }
    return nullptr;
}

// A global average's window is the whole plane.
bool is_global(const Node& node) { return node.kind == &global_average_layer; }

kernels::Convolution pool_of(const Node& node, std::ptrdiff_t examples, std::ptrdiff_t stride)
{
    PlaneWindow w;
    if (is_global(node)) {
        w.y = {.in = node.in.height, .out = 1, .taps = node.in.height};
        w.x = {.in = node.in.width, .out = 1, .taps = node.in.width};
    } else {
        w = *window_of(node.spec.options.as<PoolOptions>().window(), node.in);
    }
    const std::ptrdiff_t channels = node.in.channels;
    return {w.y, w.x, channels, channels, channels, examples, stride};
}

std::optional<LayerShape> shape(const LayerSpec& spec, const LayerShape& in)
{
    const std::optional<PlaneWindow> window = window_of(spec.options.as<PoolOptions>().window(), in);
    return window ? std::optional(shape_of(*window, in, in.channels)) : std::nullopt;
}

std::optional<LayerShape> global_shape(const LayerSpec&, const LayerShape& in)
{
    return in.is_planes() ? std::optional(flat_shape(in.channels)) : std::nullopt;
}

std::ptrdiff_t multiply_adds(const Node& node)
{
    const kernels::Convolution pool = pool_of(node, 1, 1);
    return node.out.rows() * pool.taps();
}

using Forward = void (*)(const kernels::Table&, const kernels::Convolution&, std::ptrdiff_t first,
                         std::ptrdiff_t last, const float* x, float* y);

void evaluate(const Evaluation& e, const Node& node, Forward forward)
{
    forward(e.kernels, pool_of(node, e.count, evaluation_chunk), 0, node.in.channels, e.from, e.to);
}

void evaluate_max(const Model& model, std::size_t node, int, const Evaluation& e)
{
    evaluate(e, model.network.nodes()[node], kernels::pool_max);
}

void evaluate_average(const Model& model, std::size_t node, int, const Evaluation& e)
{
    evaluate(e, model.network.nodes()[node], kernels::pool_average);
}

struct PoolStep {
    kernels::Convolution pool;
    Range own; // channels
    StepBuffer x, y;
    GradientParts dy, dx;
};

void forward_max(StepState& s, const PoolStep& p)
{
    kernels::pool_max(s.kernels, p.pool, p.own.first, p.own.last, p.x.at(s.step), p.y.at(s.step));
}

void forward_average(StepState& s, const PoolStep& p)
{
    kernels::pool_average(s.kernels, p.pool, p.own.first, p.own.last, p.x.at(s.step), p.y.at(s.step));
}

// The own planes of dy, as the planes of all channels would lie. Several parts are added up first.
const float* planes_of_dy(const StepState& s, const PoolStep& p)
{
    const std::ptrdiff_t plane = p.pool.out_pixels() * p.pool.stride, at = p.own.first * plane;
    const float* dy = p.dy.at(s.step);
    if (p.dy.count == 1) return dy;
    s.kernels.sum_parts(p.own.size() * plane, dy + at, p.dy.count, p.dy.stride, s.dz);
    return s.dz - at;
}

void backward_max(StepState& s, const PoolStep& p)
{
    kernels::pool_max_back(s.kernels, p.pool, p.own.first, p.own.last, p.x.at(s.step), p.y.at(s.step),
                           planes_of_dy(s, p), p.dx.at(s.step));
}

void backward_average(StepState& s, const PoolStep& p)
{
    kernels::pool_average_back(s.kernels, p.pool, p.own.first, p.own.last, planes_of_dy(s, p), p.dx.at(s.step));
}

template <auto forward, auto backward>
void plan(std::size_t node, int, Planner& p)
{
    const Node& n = p.node(node);
    const int output = static_cast<int>(node) + 1;
    PoolStep step = {.pool = pool_of(n, p.batch(), p.stride()),
                     .own = p.own_features(n.input),
                     .x = p.value(n.input),
                     .y = p.value(output),
                     .dy = p.gradient(output),
                     .dx = p.leave_gradient(n.input, 1)};
    p.need_dz(step.own.size() * step.pool.out_pixels() * p.stride());
    const Reach in = p.reach(n.input, n.in), out = p.reach(output, n.out);
    p.forward<forward>(step, {{step.x.id, in}}, {{step.y.id, out}});
    if (step.dx.count == 0) return;
    p.backward<backward>(step, {{step.dy.buffer.id, out}, {step.x.id, in}, {step.y.id, out}},
                         {{step.dx.buffer.id, in}});
}

template <infer::OperationKind kind>
void fold(const Node& node, FoldList& list)
{
    const kernels::Convolution pool = pool_of(node, 1, 1);
    list.add_pool(kind, node, pool.y, pool.x);
}

std::string pool_class(const char* name, const LayerShape& in)
{
    return std::string("nn.").append(name).append(std::to_string(axes_of(in))).append("d");
}

PytorchModule pytorch_of(const Node& node, const char* name)
{
    const auto& o = node.spec.options.as<PoolOptions>();
    const WindowOptions window = o.window();
    const PytorchWindow shown = pytorch_window(window, window.taps);
    return {python_call(pool_class(name, node.in).c_str(), {shown.taps, shown.stride, shown.padding})};
}

PytorchModule pytorch_max(const Node& node, std::ptrdiff_t) { return pytorch_of(node, "MaxPool"); }
PytorchModule pytorch_average(const Node& node, std::ptrdiff_t) { return pytorch_of(node, "AvgPool"); }

constexpr char type[] = R"(class GlobalAverage(nn.Module):
    """The mean of each channel."""

    def forward(self, x):
        return x.flatten(2).mean(2)
)";

PytorchModule pytorch_global(const Node&, std::ptrdiff_t) { return {"GlobalAverage()", type}; }

constexpr const char* expected =
    "planes, (C, L) or (C, H, W), at least as large as the window; an option has two numbers only for (C, H, W)";

} // namespace

constinit const LayerKind maxpool_layer = {
    .word = {.name = "maxpool",
             .help = "the largest number of each window, of K or HxW",
             .sizes = sizes,
             .required = 1,
             .keys = keys},
    .check = check,
    .expects = expected,
    .shape = shape,
    .evaluate = evaluate_max,
    .plan = plan<forward_max, backward_max>,
    .fold = fold<infer::OperationKind::max_pool>,
    .pytorch = pytorch_max,
};

constinit const LayerKind avgpool_layer = {
    .word = {.name = "avgpool",
             .help = "the mean of each window, of K or HxW; the padding counts as zeros",
             .sizes = sizes,
             .required = 1,
             .keys = keys},
    .check = check,
    .expects = expected,
    .shape = shape,
    .evaluate = evaluate_average,
    .plan = plan<forward_average, backward_average>,
    .fold = fold<infer::OperationKind::average_pool>,
    .multiply_adds = multiply_adds,
    .pytorch = pytorch_average,
};

constinit const LayerKind global_average_layer = {
    .word = {.name = "global-average", .help = "the mean of each channel, as a row"},
    .expects = "planes, (C, L) or (C, H, W)",
    .shape = global_shape,
    .evaluate = evaluate_average,
    .plan = plan<forward_average, backward_average>,
    .fold = fold<infer::OperationKind::average_pool>,
    .multiply_adds = multiply_adds,
    .pytorch = pytorch_global,
};

} // namespace nib
