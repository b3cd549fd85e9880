// layernorm: each number minus the mean over the example's features, divided by their deviation (torch.nn.LayerNorm; Ba
// et al. 2016, arXiv:1607.06450).
#include "layers/feature_norm.hpp"
#include "layers/list.hpp"
#include "layers/shapes.hpp"
#include "net/fold_list.hpp"

namespace nib {

namespace {

constexpr Field keys[] = {
    number_field<&FeatureNormOptions::eps>("eps", number_from_zero, 1e-5, "added to the variance"),
};

void declare(const Node& node, std::ptrdiff_t, Layout& layout)
{
    layout.add_vector(node.position + ".weight", node.in.width);
    layout.add_vector(node.position + ".bias", node.in.width);
}

void fold(const Node& node, FoldList& list)
{
    list.add_normalise(node, true, node.spec.options.as<FeatureNormOptions>().eps);
}

PytorchModule pytorch(const Node& node, std::ptrdiff_t)
{
    const double eps = node.spec.options.as<FeatureNormOptions>().eps;
    return {python_call("nn.LayerNorm", {std::to_string(node.in.width), python_argument("eps", eps, 1e-5)})};
}

} // namespace

constinit const LayerKind layernorm_layer = {
    .word = {.name = "layernorm",
             .help = "each number less the mean of the example's, over their deviation",
             .keys = keys},
    .expects = "a row of numbers, (N); flatten makes one",
    .shape = same_row,
    .declare = declare,
    .initialise = initialise_feature_norm,
    .evaluate = evaluate_feature_norm,
    .plan = plan_feature_norm,
    .plan_few = plan_feature_norm_few,
    .fold = fold,
    .multiply_adds = multiply_adds_of_norm,
    .pytorch = pytorch,
    .keeps_shape = true,
    .passes_gain = true,
};

} // namespace nib
