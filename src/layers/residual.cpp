// residual(main | shortcut): the sum of two lists' outputs, or of one list's output and its input
// (He et al. 2015, arXiv:1512.03385).
#include "layers/list.hpp"
#include "net/evaluation.hpp"
#include "net/planner.hpp"

namespace nib {

namespace {

void evaluate(const Model& model, std::size_t node, int, const Evaluation& e)
{
    const std::ptrdiff_t numbers = model.network.nodes()[node].out.rows() * evaluation_chunk;
    e.kernels.add(numbers, e.from, e.shortcut, e.to);
}

struct ResidualStep {
    std::ptrdiff_t stride;
    Range own;
    StepBuffer a, b, y;
    GradientParts dy, da, db; // db: empty if da is the gradient of both

    std::ptrdiff_t at() const noexcept { return own.first * stride; }
    std::ptrdiff_t numbers() const noexcept { return own.size() * stride; }
};

void forward(StepState& s, const ResidualStep& r)
{
    s.kernels.add(r.numbers(), r.a.at(s.step) + r.at(), r.b.at(s.step) + r.at(), r.y.at(s.step) + r.at());
}

void backward(StepState& s, const ResidualStep& r)
{
    const float* dy = r.dy.at(s.step) + r.at();
    for (const GradientParts* each : {&r.da, &r.db}) {
        if (each->count > 0) s.kernels.sum_parts(r.numbers(), dy, r.dy.count, r.dy.stride, each->at(s.step) + r.at());
    }
}

// The sum's gradient is also that of both inputs. It is added up once, as the last part of one value's gradient; the
// other value shares it if nothing else reads that value.
void plan(std::size_t node, int, Planner& p)
{
    const Node& n = p.node(node);
    const int output = static_cast<int>(node) + 1;
    // By example, all numbers form one row: the padding behind the last feature is 0 in both.
    const bool by_example = p.order() == Order::by_example;
    ResidualStep r = {.stride = by_example ? p.floats_of(output) : p.stride(),
                      .own = by_example ? Range{0, 1} : p.own_rows_of(output),
                      .a = p.value(n.input),
                      .b = p.value(n.shortcut),
                      .y = p.value(output),
                      .dy = p.gradient(output),
                      .da = p.leave_gradient(n.shortcut, 1),
                      .db = {}};
    if (!p.is_same_value(n.input, n.shortcut) && p.readers(n.input) == 1)
        p.share_gradient(n.input, r.da);
    else
        r.db = p.leave_gradient(n.input, 1);
    const Reach reads_a = p.reach(n.input, n.out), reads_b = p.reach(n.shortcut, n.out);
    std::vector<Access> left;
    const Reach leaves = reads_a == Reach::all ? reads_a : reads_b;
    for (const GradientParts* each : {&r.da, &r.db})
        if (each->count > 0) left.push_back({each->buffer.id, leaves});
    p.forward<forward>(r, {{r.a.id, reads_a}, {r.b.id, reads_b}}, {{r.y.id, Reach::own}});
    p.backward<backward>(r, {{r.dy.buffer.id, Reach::own}}, left);
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
    .evaluate = evaluate,
    .plan = plan,
    .plan_few = plan,
    .pytorch = pytorch,
    .is_residual = true,
    .keeps_shape = true,
};

} // namespace nib
