// layernorm: each number less the mean over the example's features, over their deviation (torch.nn.LayerNorm; Ba et al.
// 2016, arXiv:1607.06450).
#include "layers/feature_norm.hpp"
#include "layers/list.hpp"

namespace nib {

namespace {

struct LayernormOptions {
    double eps;
};

constexpr Field keys[] = {
    number_field<&LayernormOptions::eps>("eps", number_from_zero, 1e-5, "added to the variance"),
};

std::optional<LayerShape> shape(const LayerSpec&, const LayerShape& in)
{
    if (in.kind != ShapeKind::flat) return std::nullopt;
    return in;
}

void declare(const Node& node, std::ptrdiff_t, Layout& layout)
{
    layout.add_vector(node.position + ".weight", node.in.width);
    layout.add_vector(node.position + ".bias", node.in.width);
}

FeatureNorm norm_of(const Model& model, std::size_t node)
{
    const auto& options = model.network.nodes()[node].spec.options.as<LayernormOptions>();
    return {.is_centred = true, .eps = static_cast<float>(options.eps)};
}

void evaluate(const Model& model, std::size_t node, int, const Evaluation& e)
{
    evaluate_feature_norm(model, node, norm_of(model, node), e);
}

void plan(std::size_t node, int, Planner& planner) { plan_feature_norm(node, norm_of(planner.model(), node), planner); }

std::ptrdiff_t multiply_adds(const Node& node) { return node.out.rows(); }

} // namespace

constinit const LayerKind layernorm_layer = {
    .word = {.name = "layernorm",
             .help = "each number less the mean of the example's, over their deviation",
             .keys = keys},
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
