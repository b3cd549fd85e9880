// unscale: the network learns numbers minus their mean in the training split, divided by their standard deviation
// there; this layer converts its outputs back to the data's unit. The loss is computed on this layer's input.
#include "io/table.hpp"
#include "layers/list.hpp"
#include "layers/shapes.hpp"
#include "net/evaluation.hpp"
#include "net/fold_list.hpp"
#include "net/model.hpp"
#include "net/moments.hpp"

namespace nib {

namespace {

void declare(const Node& node, std::ptrdiff_t, Layout& layout)
{
    layout.add_scale(node.position + ".", "std", node.in.width);
}

void fit(Model& model, std::size_t node, const DataTable& table)
{
    const Scale& scale = model.layout.scale_of(node);
    const std::vector<FeatureMoments> moments = moments_of_targets(table);
    for (std::size_t i = 0; i < moments.size(); ++i) {
        model.running.data()[static_cast<std::size_t>(scale.mean) + i] = static_cast<float>(moments[i].mean);
        model.running.data()[static_cast<std::size_t>(scale.factor) + i] =
            moments[i].std > 0 ? static_cast<float>(moments[i].std) : 1.0f;
    }
}

void evaluate(const Model& model, std::size_t node, int, const Evaluation& e)
{
    const Scale& scale = model.layout.scale_of(node);
    e.kernels.affine({.rows = scale.size,
                      .examples = e.count,
                      .stride = evaluation_chunk,
                      .z = e.from,
                      .scale = model.running.data() + scale.factor,
                      .shift = model.running.data() + scale.mean,
                      .activation = NIB_IDENTITY,
                      .y = e.to});
}

// Folded into the last linear, at no cost at run time.
void fold(const Node& node, FoldList& list) { list.add_scale_shift(node); }

std::ptrdiff_t multiply_adds(const Node& node) { return node.out.rows(); }

constexpr char type[] = R"(class Unscale(nn.Module):
    """x * std + mean: the training split's."""

    def __init__(self, size):
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("std", torch.ones(size))

    def forward(self, x):
        return x * self.std + self.mean
)";

PytorchModule pytorch(const Node& node, std::ptrdiff_t)
{
    return {python_call("Unscale", {std::to_string(node.in.width)}), type};
}

} // namespace

constinit const LayerKind unscale_layer = {
    .word = {.name = "unscale", .help = "outputs in the unit of the numbers to learn; the loss is of what it reads"},
    .expects = "a row of numbers, (N)",
    .shape = same_row,
    .declare = declare,
    .fit = fit,
    .evaluate = evaluate,
    .fold = fold,
    .multiply_adds = multiply_adds,
    .pytorch = pytorch,
    .stands = Stands::last,
    .keeps_shape = true,
};

} // namespace nib
