// rmsnorm: each number over the root of the mean square of the example's features (torch.nn.RMSNorm; Zhang and Sennrich
// 2019, arXiv:1910.07467).
#include "layers/feature_norm.hpp"
#include "layers/list.hpp"
#include "layers/shapes.hpp"
#include "net/fold_list.hpp"

namespace nib {

namespace {

constexpr double float_epsilon = 0x1p-23; // PyTorch's default

constexpr Field keys[] = {
    number_field<&FeatureNormOptions::eps>("eps", number_from_zero, float_epsilon, "added to the mean square"),
};

void declare(const Node& node, std::ptrdiff_t, Layout& layout)
{
    layout.add_vector(node.position + ".weight", node.in.width);
}

void fold(const Node& node, FoldList& list)
{
    list.add_normalise(node, false, node.spec.options.as<FeatureNormOptions>().eps);
}

} // namespace

constinit const LayerKind rmsnorm_layer = {
    .word = {.name = "rmsnorm", .help = "each number over the root of the example's mean square", .keys = keys},
    .expects = "a row of numbers, (N); flatten makes one",
    .shape = same_row,
    .declare = declare,
    .initialise = initialise_feature_norm,
    .evaluate = evaluate_feature_norm,
    .plan = plan_feature_norm,
    .fold = fold,
    .multiply_adds = multiply_adds_of_norm,
    .keeps_shape = true,
    .passes_gain = true,
};

} // namespace nib
