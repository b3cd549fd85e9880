// dropout P: a number becomes 0 with probability P, and is otherwise divided by 1 - P, so that its mean stays the same.
// In evaluation it has no effect (torch.nn.Dropout; Srivastava et al. 2014).
#include "layers/list.hpp"
#include "layers/shapes.hpp"
#include "net/turned.hpp"

#include <cstdint>

namespace nib {

namespace {

// The numbers that are dropped together: each by itself, or all of a channel.
enum class DropoutOf : int { numbers, channels };

struct DropoutOptions {
    double probability;
    DropoutOf of;
};

constexpr Field sizes[] = {
    number_field<&DropoutOptions::probability>("probability", {0, 1, false, true}, 0.5, "share that is dropped"),
};

constexpr const char* ofs[] = {"numbers", "channels"};

constexpr Field keys[] = {
    word_field<&DropoutOptions::of>("of", ofs, DropoutOf::numbers, "what is dropped as a whole"),
};

// Channels are those of planes.
std::optional<LayerShape> shape(const LayerSpec& spec, const LayerShape& in)
{
    const bool of_channels = spec.options.as<DropoutOptions>().of == DropoutOf::channels;
    return of_channels && !in.is_planes() ? std::nullopt : same_numbers(spec, in);
}

// Nothing is kept for the way back: it draws the same random numbers again.
struct DropoutStep {
    std::ptrdiff_t batch, stride;
    std::ptrdiff_t first_example; // in the minibatch
    std::ptrdiff_t rows_at_once;  // dropped together
    Range own;                    // of these
    float scale;
    std::uint32_t threshold, seed, layer;
    StepBuffer x, y;
    GradientParts dy, dx;

    std::ptrdiff_t at() const noexcept { return own.first * rows_at_once * stride; }
};

void drop(const StepState& s, const DropoutStep& d, const float* x, std::ptrdiff_t parts, std::ptrdiff_t part_stride,
          float* y)
{
    s.kernels.dropout({.rows = d.own.size(),
                       .examples = d.batch,
                       .stride = d.stride,
                       .first_row = d.own.first,
                       .first_example = d.first_example,
                       .rows_at_once = d.rows_at_once,
                       .x = x + d.at(),
                       .parts = parts,
                       .part_stride = part_stride,
                       .y = y + d.at(),
                       .scale = d.scale,
                       .threshold = d.threshold,
                       .seed = d.seed,
                       .layer = d.layer,
                       .step = static_cast<std::uint64_t>(s.step)});
}

void forward(StepState& s, const DropoutStep& d) { drop(s, d, d.x.at(s.step), 1, 0, d.y.at(s.step)); }
void backward(StepState& s, const DropoutStep& d)
{
    drop(s, d, d.dy.at(s.step), d.dy.count, d.dy.stride, d.dx.at(s.step));
}

// The step without its arrays.
DropoutStep step_of(std::size_t node, const Planner& p)
{
    const Node& n = p.node(node);
    const auto& options = n.spec.options.as<DropoutOptions>();
    const bool of_channels = options.of == DropoutOf::channels;
    const int output = static_cast<int>(node) + 1;
    const double probability = options.probability;
    return {.batch = p.batch(),
            .stride = p.stride(),
            .first_example = p.segments().own_examples().first,
            .rows_at_once = of_channels ? n.in.positions() : 1,
            .own = of_channels ? p.own_features(output) : p.own_rows_of(output),
            .scale = static_cast<float>(1 / (1 - probability)),
            .threshold = static_cast<std::uint32_t>(probability * 4294967296.0),
            .seed = p.model().seed,
            .layer = static_cast<std::uint32_t>(node),
            .x = {},
            .y = {},
            .dy = {},
            .dx = {}};
}

struct FewDropoutStep {
    TurnedLayer turned;
    DropoutStep dropout;
};

void forward_few(StepState& s, const FewDropoutStep& f)
{
    f.turned.take_x(s);
    drop(s, f.dropout, f.turned.x.array.at(s.step), 1, 0, f.turned.y.array.at(s.step));
    f.turned.put_y(s);
}

void backward_few(StepState& s, const FewDropoutStep& f)
{
    f.turned.take_dy(s);
    drop(s, f.dropout, f.turned.dy.array.at(s.step), 1, 0, f.turned.dx.array.at(s.step));
    f.turned.put_dx(s);
}

void plan_few(std::size_t node, int, Planner& p)
{
    const FewDropoutStep f = {TurnedLayer(p, node), step_of(node, p)};
    const TurnedLayer& t = f.turned;
    p.forward<forward_few>(f, {{t.from.id, Reach::own}}, {{t.to.id, Reach::own}});
    if (t.wanted.count > 0)
        p.backward<backward_few>(f, {{t.left.buffer.id, Reach::own}}, {{t.wanted.buffer.id, Reach::own}});
}

void plan(std::size_t node, int, Planner& p)
{
    const Node& n = p.node(node);
    const int output = static_cast<int>(node) + 1;
    DropoutStep d = step_of(node, p);
    d.x = p.value(n.input);
    d.y = p.value(output);
    d.dy = p.gradient(output);
    d.dx = p.leave_gradient(n.input, 1);
    const Reach in = p.reach(n.input, n.in);
    p.forward<forward>(d, {{d.x.id, in}}, {{d.y.id, Reach::own}});
    if (d.dx.count > 0) p.backward<backward>(d, {{d.dy.buffer.id, Reach::own}}, {{d.dx.buffer.id, in}});
}

PytorchModule pytorch(const Node& node, std::ptrdiff_t)
{
    const auto& options = node.spec.options.as<DropoutOptions>();
    const bool of_channels = options.of == DropoutOf::channels;
    const char* const of_planes = node.in.kind == ShapeKind::signal ? "nn.Dropout1d" : "nn.Dropout2d";
    return {python_call(of_channels ? of_planes : "nn.Dropout", {python_float(options.probability)})};
}

} // namespace

constinit const LayerKind dropout_layer = {
    .word = {.name = "dropout",
             .help = "numbers are 0 with probability P while training",
             .sizes = sizes,
             .keys = keys},
    .expects = "numbers; of=channels: planes, (C, L) or (C, H, W)",
    .shape = shape,
    .plan = plan,
    .plan_few = plan_few,
    .pytorch = pytorch,
    .keeps_shape = true,
    .passes_gain = true,
};

} // namespace nib
