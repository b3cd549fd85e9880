#include "layers/mlp.hpp"

#include "base/error.hpp"
#include "layers/activation.hpp"
#include "layers/block.hpp"
#include "layers/list.hpp"

#include <algorithm>

namespace nib {

namespace {

[[noreturn]] void refuse(const char* task, const Node& node)
{
    throw Error(NIB_ERR_UNSUPPORTED,
                "%s: layer %s stands where it cannot be: expected embedding, flatten, then linear layers, each with "
                "batchnorm or a bias and, but for the last one, an activation",
                task, node.name().c_str());
}

MlpLayer layer_of(const Model& model, std::size_t node, const Block& block)
{
    const Layout& layout = model.layout;
    const Tensor& weight = layout.tensor(node, 0);
    MlpLayer layer{};
    layer.inputs = weight.columns;
    layer.outputs = weight.rows;
    layer.weight = weight.offset;
    layer.weight_stride = weight.row_stride;
    layer.norm = block.norm != nullptr;
    layer.gamma = layer.running_mean = layer.running_variance = -1;
    if (layer.norm) {
        layer.gamma = layout.tensor(node + 1, 0).offset;
        layer.shift = layout.tensor(node + 1, 1).offset;
        layer.running_mean = layout.running_of(node + 1).mean;
        layer.running_variance = layout.running_of(node + 1).spread;
    } else {
        layer.shift = layout.tensor(node, 1).offset;
    }
    layer.activation = block.activation == nullptr ? NIB_IDENTITY : activation_of(block.activation->spec);
    layer.first_node = node;
    layer.last_node = node + static_cast<std::size_t>(block.nodes()) - 1;
    return layer;
}

} // namespace

Mlp mlp_of(const Model& model, const char* task)
{
    const std::vector<Node>& nodes = model.network.nodes();
    if (nodes[0].kind != &embedding_layer) refuse(task, nodes[0]);
    if (nodes[1].kind != &flatten_layer) refuse(task, nodes[1]);
    const Tensor& embedding = model.layout.tensor(0, 0);
    Mlp mlp{embedding.offset, embedding.column_stride, embedding.columns, {}};
    for (std::size_t i = 2; i < nodes.size(); i = mlp.layers.back().last_node + 1) {
        const Block block = block_at(std::span(nodes).subspan(i), 3);
        const bool last = i + static_cast<std::size_t>(block.nodes()) == nodes.size();
        if (block.linear == nullptr) refuse(task, nodes[i]);
        // A bare linear has neither bias nor batchnorm: it is refused where it has no second tensor.
        const bool has_shift = block.norm != nullptr || model.layout.has_tensor(i, 1);
        if (!has_shift || (block.activation == nullptr) != last)
            refuse(task, nodes[last && has_shift ? nodes.size() - 1 : i]);
        mlp.layers.push_back(layer_of(model, i, block));
    }
    if (mlp.layers.empty()) refuse(task, nodes.back());
    return mlp;
}

void evaluation_affine(const Model& model, const MlpLayer& layer, double* scale, double* shift)
{
    if (layer.norm) return evaluation_affine(model, layer.first_node + 1, scale, shift);
    std::fill_n(scale, layer.outputs, 1.0);
    std::copy_n(model.at(layer.shift), layer.outputs, shift);
}

} // namespace nib
