// flatten: the numbers of an example in one row (torch.nn.Flatten).
#include "layers/list.hpp"
#include "net/fold_list.hpp"

namespace nib {

namespace {

std::optional<LayerShape> shape(const LayerSpec&, const LayerShape& in)
{
    if (in.kind == ShapeKind::symbols) return std::nullopt;
    return flat_shape(in.rows());
}

// The vectors of symbols lie side by side already.
void fold(const Node& node, FoldList& list)
{
    if (node.in.is_planes()) list.add_flatten(node);
}

PytorchModule pytorch(const Node&, std::ptrdiff_t) { return {"nn.Flatten()"}; }

} // namespace

constinit const LayerKind flatten_layer = {
    .word = {.name = "flatten", .help = "the numbers of an example as one row"},
    .expects = "numbers",
    .shape = shape,
    .fold = fold,
    .pytorch = pytorch,
};

} // namespace nib
