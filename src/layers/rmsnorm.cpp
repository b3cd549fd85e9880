// rmsnorm: each number over the root of the mean square of the example's features (torch.nn.RMSNorm; Zhang and Sennrich
// 2019, arXiv:1910.07467).
#include "layers/feature_norm.hpp"
#include "layers/list.hpp"

namespace nib {

namespace {

struct RmsnormOptions {
    double eps;
};

constexpr double float_epsilon = 0x1p-23; // PyTorch's default

constexpr Field keys[] = {
    number_field<&RmsnormOptions::eps>("eps", number_from_zero, float_epsilon, "added to the mean square"),
};

std::optional<LayerShape> shape(const LayerSpec&, const LayerShape& in)
{
    if (in.kind != ShapeKind::flat) return std::nullopt;
    return in;
}

void declare(const Node& node, std::ptrdiff_t, Layout& layout)
{
    layout.add_vector(node.position + ".weight", node.in.width);
}

FeatureNorm norm_of(const Model& model, std::size_t node)
{
    const auto& options = model.network.nodes()[node].spec.options.as<RmsnormOptions>();
    return {.is_centred = false, .eps = static_cast<float>(options.eps)};
}

void evaluate(const Model& model, std::size_t node, int, const Evaluation& e)
{
    evaluate_feature_norm(model, node, norm_of(model, node), e);
}

void plan(std::size_t node, int, Planner& planner) { plan_feature_norm(node, norm_of(planner.model(), node), planner); }

std::ptrdiff_t multiply_adds(const Node& node) { return node.out.rows(); }

} // namespace

constinit const LayerKind rmsnorm_layer = {
    .word = {.name = "rmsnorm", .help = "each number over the root of the example's mean square", .keys = keys},
    .expects = "a row of numbers, (N); flatten makes one",
    .shape = shape,
    .declare = declare,
    .initialise = initialise_feature_norm,
    .evaluate = evaluate,
    .plan = plan,
    .multiply_adds = multiply_adds,
    .keeps_shape = true,
    .passes_gain = true,
};

} // namespace nib
