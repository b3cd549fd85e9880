#include "layers/batchnorm.hpp"

#include "layers/block.hpp"
#include "layers/list.hpp"
#include "layers/shapes.hpp"
#include "net/fold_list.hpp"
#include "net/model.hpp"

#include <algorithm>

namespace nib {

namespace {

constexpr const char* variances[] = {"biased", "unbiased"};
constexpr const char* runnings[] = {"variance", "std"};

constexpr Field keys[] = {
    number_field<&BatchnormOptions::eps>("eps", number_from_zero, 1e-5, "added to the variance"),
    number_field<&BatchnormOptions::momentum>("momentum", {0, 1, true}, 0.1,
                                              "share of the batch in the running statistics"),
    word_field<&BatchnormOptions::variance>("variance", variances, BatchVariance::biased,
                                            "of the batch, in training: over n, or over n - 1"),
    word_field<&BatchnormOptions::running>("running", runnings, RunningOf::variance,
                                           "what the running average is taken of"),
    number_field<&BatchnormOptions::gain>("gain", any_number, 1, "the weight to begin with"),
};

void declare(const Node& node, std::ptrdiff_t, Layout& layout)
{
    const auto& options = node.spec.options.as<BatchnormOptions>();
    const bool is_std = options.running == RunningOf::std;
    layout.add_vector(node.position + ".weight", node.in.features());
    layout.add_vector(node.position + ".bias", node.in.features());
    layout.add_running(node.position + ".", node.in.features(), is_std, is_std || options.eps == 0);
}

void initialise(Model& model, std::size_t node)
{
    const Tensor& weight = model.layout.tensor(node, 0);
    const auto& options = model.network.nodes()[node].spec.options.as<BatchnormOptions>();
    std::fill_n(model.at(weight.offset), weight.rows, static_cast<float>(options.gain));
}

std::ptrdiff_t constants(const Node& node) { return 2 * node.in.features(); }

// The constants are the scales, then the shifts.
void prepare(const Model& model, std::size_t node, float* constants) noexcept
{
    evaluation_affine(model, node, constants, constants + model.layout.running_of(node).size);
}

// One multiply-add for each number: its scale and shift.
std::ptrdiff_t multiply_adds(const Node& node) { return node.out.rows(); }

void fold(const Node& node, FoldList& list) { list.add_scale_shift(node); }

// The file holds a running standard deviation as its square. Dividing by the root of that square, with nothing added,
// is the same as nib's evaluation.
PytorchModule pytorch(const Node& node, std::ptrdiff_t)
{
    const auto& options = node.spec.options.as<BatchnormOptions>();
    const bool is_std = options.running == RunningOf::std;
    const char* const name = node.in.kind == ShapeKind::image ? "nn.BatchNorm2d" : "nn.BatchNorm1d";
    PytorchModule module{python_call(name, {std::to_string(node.in.features()),
                                            python_argument("eps", is_std ? 0 : options.eps, 1e-5),
                                            python_argument("momentum", options.momentum, 0.1)})};
    if (options.variance == BatchVariance::unbiased) module.untrainable.append(" variance=unbiased");
    if (is_std) module.untrainable.append(" running=std");
    return module;
}

} // namespace

constinit const LayerKind batchnorm_layer = {
    .word = {.name = "batchnorm",
             .help = "each number, or channel, less its mean over the minibatch, over its deviation",
             .sizes = {},
             .required = 0,
             .keys = keys},
    .expects = "a row of numbers, (N), or planes; flatten makes a row",
    .shape = same_row_or_planes,
    .declare = declare,
    .initialise = initialise,
    .takes = block_takes,
    .constants = constants,
    .prepare = prepare,
    .evaluate = evaluate_block,
    .plan = plan_block,
    .plan_few = plan_block_few,
    .fold = fold,
    .multiply_adds = multiply_adds,
    .pytorch = pytorch,
    .keeps_shape = true,
    .has_bias = false,
    .passes_gain = true,
};

} // namespace nib
