// standardize: each number of a row minus its mean in the training split, divided by its standard deviation there. A
// number that is constant in the split is not divided. A number that is 0 or 1 because it encodes a word or a missing
// cell stays unchanged.
#include "io/table.hpp"
#include "layers/list.hpp"
#include "layers/shapes.hpp"
#include "net/evaluation.hpp"
#include "net/fold_list.hpp"
#include "net/model.hpp"
#include "net/moments.hpp"
#include "net/planner.hpp"

namespace nib {

namespace {

void declare(const Node& node, std::ptrdiff_t, Layout& layout)
{
    layout.add_scale(node.position + ".", "inverse_std", node.in.rows());
}

void fit(Model& model, std::size_t node, const DataTable& table)
{
    const Scale& scale = model.layout.scale_of(node);
    float* mean = model.running.data() + scale.mean;
    float* inverse_std = model.running.data() + scale.factor;
    const std::vector<FeatureMoments> moments = moments_of_features(table);
    for (std::size_t i = 0; i < moments.size(); ++i) {
        mean[i] = static_cast<float>(moments[i].mean);
        inverse_std[i] = moments[i].std > 0 ? static_cast<float>(1 / moments[i].std) : 1.0f;
    }
    for (const std::ptrdiff_t i : indicator_features(table.schema())) mean[i] = 0.0f, inverse_std[i] = 1.0f;
}

void compute(const float* mean, const float* inverse_std, Range rows, std::ptrdiff_t count, std::ptrdiff_t stride,
             const float* from, float* to)
{
    for (std::ptrdiff_t row = rows.first; row < rows.last; ++row) {
        const float *x = from + row * stride, m = mean[row], s = inverse_std[row];
        float* y = to + row * stride;
        for (std::ptrdiff_t i = 0; i < count; ++i) y[i] = (x[i] - m) * s;
    }
}

void evaluate(const Model& model, std::size_t node, int, const Evaluation& e)
{
    const Scale& scale = model.layout.scale_of(node);
    const float* statistics = model.running.data();
    compute(statistics + scale.mean, statistics + scale.factor, {0, scale.size}, e.count, evaluation_chunk, e.from,
            e.to);
}

struct StandardizeStep {
    const Scale* scale;
    std::ptrdiff_t batch, stride;
    Range own;
    StepBuffer x, y;
};

void forward(StepState& s, const StandardizeStep& t)
{
    const float* statistics = s.model.running.data();
    compute(statistics + t.scale->mean, statistics + t.scale->factor, t.own, t.batch, t.stride, t.x.at(s.step),
            t.y.at(s.step));
}

void forward_few(StepState& s, const StandardizeStep& t)
{
    const float* mean = s.model.running.data() + t.scale->mean;
    const float* inverse_std = s.model.running.data() + t.scale->factor;
    for (std::ptrdiff_t b = 0; b < t.batch; ++b) {
        const float* x = t.x.at(s.step) + b * t.stride;
        float* y = t.y.at(s.step) + b * t.stride;
        for (std::ptrdiff_t i = 0; i < t.scale->size; ++i) y[i] = (x[i] - mean[i]) * inverse_std[i];
    }
}

void plan_few(std::size_t node, int, Planner& p)
{
    const StandardizeStep t = {.scale = &p.model().layout.scale_of(node),
                               .batch = p.batch(),
                               .stride = row_stride(p.node(node).in.rows()),
                               .own = {0, p.node(node).in.rows()},
                               .x = p.value(0),
                               .y = p.value(static_cast<int>(node) + 1)};
    p.forward<forward_few>(t, {{t.x.id, Reach::own}}, {{t.y.id, Reach::own}});
}

void plan(std::size_t node, int, Planner& p)
{
    const StandardizeStep t = {.scale = &p.model().layout.scale_of(node),
                               .batch = p.batch(),
                               .stride = p.stride(),
                               .own = p.own_rows_of(0),
                               .x = p.value(0),
                               .y = p.value(static_cast<int>(node) + 1)};
    p.forward<forward>(t, {{t.x.id, Reach::own}}, {{t.y.id, Reach::own}});
}

void fold(const Node& node, FoldList& list) { list.add(infer::OperationKind::standardize, node); }

std::ptrdiff_t multiply_adds(const Node& node) { return node.out.rows(); }

constexpr char type[] = R"(class Standardize(nn.Module):
    """(x - mean) * inverse_std: the training split's."""

    def __init__(self, size):
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("inverse_std", torch.ones(size))

    def forward(self, x):
        return ((x.flatten(1) - self.mean) * self.inverse_std).view_as(x)
)";

PytorchModule pytorch(const Node& node, std::ptrdiff_t)
{
    return {python_call("Standardize", {std::to_string(node.in.rows())}), type};
}

} // namespace

constinit const LayerKind standardize_layer = {
    .word = {.name = "standardize",
             .help = "each number of the data less its mean, over its deviation, of the training split"},
    .expects = "numbers",
    .shape = same_numbers,
    .declare = declare,
    .fit = fit,
    .evaluate = evaluate,
    .plan = plan,
    .plan_few = plan_few,
    .fold = fold,
    .multiply_adds = multiply_adds,
    .pytorch = pytorch,
    .stands = Stands::first,
    .keeps_shape = true,
};

} // namespace nib
