#include "layers/block.hpp"

#include "layers/activation.hpp"
#include "layers/batchnorm.hpp"
#include "layers/conv.hpp"
#include "layers/linear.hpp"
#include "layers/list.hpp"

#include <algorithm>
#include <cmath>

namespace nib {

bool has_bias(const Node& weights)
{
    const SpecOptions& options = weights.spec.options;
    return (weights.out.is_planes() ? options.as<ConvOptions>().bias : options.as<LinearOptions>().bias) != 0;
}

nib_activation activation_of(const Block& block)
{
    return block.activation == nullptr ? NIB_IDENTITY : activation_of(block.activation->spec);
}

Block block_at(std::span<const Node> nodes, int most)
{
    Block block{};
    std::size_t next = 0;
    const auto take = [&](bool wanted, const Node*& to) {
        if (!wanted || static_cast<int>(next) >= most || (next > 0 && !nodes[next - 1].has_next)) return false;
        to = &nodes[next++];
        return true;
    };
    const auto is = [&](const LayerKind& kind) { return next < nodes.size() && nodes[next].kind == &kind; };
    const bool linear = take(is(linear_layer) || is(conv1d_layer) || is(conv2d_layer), block.linear);
    const bool bare = linear && !has_bias(*block.linear);
    const bool norm = take((!linear || bare) && is(batchnorm_layer), block.norm);
    const bool finished = norm || (linear && !bare); // an activation can follow
    take((finished || next == 0) && next < nodes.size() && is_activation(*nodes[next].kind), block.activation);
    return block;
}

int block_takes(std::span<const Node> nodes) { return block_at(nodes, 3).nodes(); }

template <class Number>
void evaluation_affine(const Model& model, std::size_t node, Number* scale, Number* shift) noexcept
{
    const Running& running = model.layout.running_of(node);
    const double eps = model.network.nodes()[node].spec.options.as<BatchnormOptions>().eps;
    const float* weight = model.at(model.layout.tensor(node, 0).offset);
    const float* bias = model.at(model.layout.tensor(node, 1).offset);
    for (std::ptrdiff_t i = 0; i < running.size; ++i) {
        const double spread = model.running.data()[running.spread + i];
        const double mean = model.running.data()[running.mean + i];
        const double factor = weight[i] / (running.is_std ? spread : std::sqrt(spread + eps));
        scale[i] = static_cast<Number>(factor);
        shift[i] = static_cast<Number>(bias[i] - mean * factor);
    }
}

template void evaluation_affine(const Model&, std::size_t, float*, float*) noexcept;
template void evaluation_affine(const Model&, std::size_t, double*, double*) noexcept;

namespace {

// The block's product: z = W x, or a convolution.
void evaluate_product(const Model& model, std::size_t node, const Evaluation& e)
{
    const Node& n = model.network.nodes()[node];
    const Tensor& weight = model.layout.tensor(node, 0);
    if (n.out.is_planes())
        return kernels::convolve(e.kernels, convolution_of(n, e.count, evaluation_chunk),
                                 {model.at(weight.offset), weight.row_stride}, 0, weight.rows, e.from, e.to);
    e.kernels.product({.m = weight.rows,
                       .n = e.count,
                       .k = weight.columns,
                       .a = model.at(weight.offset),
                       .a_stride = weight.row_stride,
                       .a_along_k = true,
                       .b = e.from,
                       .b_stride = evaluation_chunk,
                       .c = e.to,
                       .c_stride = evaluation_chunk,
                       .op = kernels::ProductOp::store,
                       .alpha = 0});
}

} // namespace

void evaluate_block(const Model& model, std::size_t node, int nodes, const Evaluation& e)
{
    const Block block = block_at(std::span(model.network.nodes()).subspan(node), nodes);
    const Layout& layout = model.layout;
    const LayerShape& out = model.network.nodes()[node].out;
    const std::ptrdiff_t rows = out.features(), examples = (out.positions() - 1) * evaluation_chunk + e.count;
    const float* z = e.from;
    if (block.linear != nullptr) {
        evaluate_product(model, node, e);
        z = e.to;
    }
    kernels::Affine affine = {.rows = rows,
                              .examples = examples,
                              .stride = out.positions() * evaluation_chunk,
                              .z = z,
                              .scale = nullptr,
                              .shift = nullptr,
                              .activation = activation_of(block),
                              .y = e.to};
    if (block.norm != nullptr) {
        affine.scale = e.constants;
        affine.shift = e.constants + rows;
        return e.kernels.affine(affine);
    }
    if (block.linear != nullptr) {
        if (!has_bias(*block.linear)) return;
        affine.shift = model.at(layout.tensor(node, 1).offset);
        return e.kernels.affine(affine);
    }
    e.kernels.activate({.rows = rows,
                        .examples = examples,
                        .stride = affine.stride,
                        .activation = affine.activation,
                        .x = e.from,
                        .y = e.to});
}

} // namespace nib
