// residual(main | shortcut): the sum of two lists' outputs, or of one list's output and its input
// (He et al. 2015, arXiv:1512.03385). A fused activation behind it is computed at once: the sum itself is then not
// stored, and its gradient is computed where the inputs' gradient lies. One after the other, they made a step of
// ResNet-20 take 1.016 times as long.
#include "activations/description.hpp"
#include "layers/activation.hpp"
#include "layers/list.hpp"
#include "net/evaluation.hpp"
#include "net/planner.hpp"

#include <algorithm>
#include <span>

namespace nib {

namespace {

int takes(std::span<const Node> nodes)
{
    if (!nodes[0].has_next || !is_activation(*nodes[1].kind)) return 1;
    return activations::description_of(activation_of(nodes[1].spec)).fused ? 2 : 1;
}

// nodes: the residual, and the activation that it takes along.
nib_activation activation_behind(std::span<const Node> nodes)
{
    return nodes.size() == 1 ? NIB_IDENTITY : activation_of(nodes.back().spec);
}

std::span<const Node> nodes_of(const Model& model, std::size_t node, int nodes)
{
    return std::span(model.network.nodes()).subspan(node, static_cast<std::size_t>(nodes));
}

// y = activation(a + b): sums are in the nearest cache when the activation reads them.
void add(const kernels::Table& table, nib_activation activation, std::ptrdiff_t numbers, const float* a, const float* b,
         float* y)
{
    if (activation == NIB_IDENTITY) return table.add(numbers, a, b, y);
    constexpr std::ptrdiff_t most = 2048; // numbers at a time
    for (std::ptrdiff_t at = 0; at < numbers; at += most) {
        const std::ptrdiff_t count = std::min(most, numbers - at);
        table.add(count, a + at, b + at, y + at);
        table.activate(
            {.rows = 1, .examples = count, .stride = count, .activation = activation, .x = y + at, .y = y + at});
    }
}

void evaluate(const Model& model, std::size_t node, int nodes, const Evaluation& e)
{
    const std::span<const Node> taken = nodes_of(model, node, nodes);
    add(e.kernels, activation_behind(taken), taken[0].out.rows() * evaluation_chunk, e.from, e.shortcut, e.to);
}

struct ResidualStep {
    std::ptrdiff_t stride;
    Range own;
    nib_activation activation;
    StepBuffer a, b, y;
    GradientParts dy, da, db; // db: empty if da is the gradient of both
    std::ptrdiff_t observed;  // the activation's row in Observation's arrays; -1: there is none

    std::ptrdiff_t at() const noexcept { return own.first * stride; }
    std::ptrdiff_t numbers() const noexcept { return own.size() * stride; }
    bool leaves_none() const noexcept { return da.count + db.count == 0; }
};

void forward(StepState& s, const ResidualStep& r)
{
    add(s.kernels, r.activation, r.numbers(), r.a.at(s.step) + r.at(), r.b.at(s.step) + r.at(),
        r.y.at(s.step) + r.at());
}

// The way back through the activation. A fused one needs no a, for which y stands. dy null: computes the slopes.
void activation_backward(const StepState& s, const ResidualStep& r, const float* dy, float* da, float* dy_sum)
{
    const float* y = r.y.at(s.step) + r.at();
    s.kernels.activate_backward({.rows = 1,
                                 .examples = r.numbers(),
                                 .stride = r.numbers(),
                                 .dy = dy,
                                 .parts = r.dy.count,
                                 .part_stride = r.dy.stride,
                                 .y = y,
                                 .x = y,
                                 .gamma = nullptr,
                                 .shift = nullptr,
                                 .activation = r.activation,
                                 .da = da,
                                 .dy_sum = dy_sum});
}

// Where an observed step stores the summed dy, or null.
float* observe(const StepState& s, const ResidualStep& r)
{
    if (s.observation == nullptr || r.observed < 0) return nullptr;
    const std::ptrdiff_t at = r.observed + r.at();
    activation_backward(s, r, nullptr, s.observation->slopes.data() + at, nullptr);
    return s.observation->gradients.data() + at;
}

void backward(StepState& s, const ResidualStep& r)
{
    float* const observed = observe(s, r);
    const float* const dy = r.dy.at(s.step) + r.at();
    for (const GradientParts* each : {&r.da, &r.db})
        if (each->count > 0) activation_backward(s, r, dy, each->at(s.step) + r.at(), observed);
    if (r.leaves_none() && observed != nullptr) activation_backward(s, r, dy, s.dz, observed);
}

// The sum's gradient is also that of both inputs. It is added up once, as the last part of one value's gradient; the
// other value shares it if nothing else reads that value.
void plan(std::size_t node, int nodes, Planner& p)
{
    const Node& n = p.node(node);
    const int output = static_cast<int>(node) + nodes;
    // By example, all numbers form one row: the padding behind the last feature is 0 in both, and fused activations
    // leave 0 there.
    const bool by_example = p.order() == Order::by_example;
    ResidualStep r = {.stride = by_example ? p.floats_of(output) : p.stride(),
                      .own = by_example ? Range{0, 1} : p.own_rows_of(output),
                      .activation = activation_behind(nodes_of(p.model(), node, nodes)),
                      .a = p.value(n.input),
                      .b = p.value(n.shortcut),
                      .y = p.value(output),
                      .dy = p.gradient(output),
                      .da = p.leave_gradient(n.shortcut, 1),
                      .db = {},
                      .observed = -1};
    if (r.da.count > 0 && !p.is_same_value(n.input, n.shortcut) && p.readers(n.input) == 1)
        p.share_gradient(n.input, r.da);
    else
        r.db = p.leave_gradient(n.input, 1);
    if (nodes > 1 && !by_example) r.observed = p.observe(static_cast<std::size_t>(output) - 1) * r.stride;
    if (r.leaves_none()) p.need_dz(r.numbers());
    const Reach reads_a = p.reach(n.input, n.out), reads_b = p.reach(n.shortcut, n.out);
    std::vector<Access> left;
    const Reach leaves = reads_a == Reach::all ? reads_a : reads_b;
    for (const GradientParts* each : {&r.da, &r.db})
        if (each->count > 0) left.push_back({each->buffer.id, leaves});
    p.forward<forward>(r, {{r.a.id, reads_a}, {r.b.id, reads_b}}, {{r.y.id, Reach::own}});
    p.backward<backward>(r, {{r.dy.buffer.id, Reach::own}, {r.y.id, Reach::own}}, left);
}

constexpr char type[] = R"(class Residual(nn.Sequential):
    """The sum of what the modules and the shortcut make of the input; without one, of the input."""

    def __init__(self, *modules, shortcut=()):
        super().__init__(*modules)
        self.shortcut = nn.Sequential(*shortcut)

    def forward(self, x):
        y = x
        for name, module in self.named_children():
            if name != "shortcut":
                y = module(y)
        return y + self.shortcut(x)
)";

PytorchModule pytorch(const Node&, std::ptrdiff_t) { return {"Residual", type}; }

} // namespace

constinit const LayerKind residual_layer = {
    .word = {.name = "residual",
             .help = "the sum of what two lists make of the input; without the second, of the first and the input"},
    .takes = takes,
    .evaluate = evaluate,
    .plan = plan,
    .plan_few = plan,
    .pytorch = pytorch,
    .is_residual = true,
    .keeps_shape = true,
};

} // namespace nib
