// rmsnorm: each number divided by the root of the mean square of the example's features (torch.nn.RMSNorm; Zhang and
// Sennrich 2019, arXiv:1910.07467).
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

// torch.nn has an RMSNorm only since 2.4.
constexpr char type[] = R"(class RMSNorm(nn.Module):
    """Each number over the root of the mean square of its row."""

    def __init__(self, width, eps=2**-23):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.weight
)";

PytorchModule pytorch(const Node& node, std::ptrdiff_t)
{
    const double eps = node.spec.options.as<FeatureNormOptions>().eps;
    return {python_call("RMSNorm", {std::to_string(node.in.width), python_argument("eps", eps, float_epsilon)}), type};
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
    .plan_few = plan_feature_norm_few,
    .fold = fold,
    .multiply_adds = multiply_adds_of_norm,
    .pytorch = pytorch,
    .keeps_shape = true,
    .passes_gain = true,
};

} // namespace nib
