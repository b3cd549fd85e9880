// A block's part of a training step. Each thread owns some neurons: it alone uses their weights, statistics, gradients
// and updates, which stay in its cache. Only the input, and parts of its gradient, pass between threads.
#include "layers/activation.hpp"
#include "layers/block_tensors.hpp"
#include "layers/conv_step.hpp"
#include "net/planner.hpp"

#include <algorithm>
#include <optional>

namespace nib {

namespace {

// The data of one block's stages. Tensors are null if the block has no such part.
struct BlockStep {
    std::ptrdiff_t batch, stride; // of a product
    ExampleRows rows;
    nib_activation activation;
    bool norm, unbiased;
    float eps, momentum;
    const Tensor* weight;
    std::optional<ConvStep> conv; // its products, if the block has one in place of a linear
    const Running* running;      // null without a norm
    const Tensor *gamma, *shift; // of the norm; a bias counts as a shift too
    Range own;                   // features of the output
    Range groups;                // the groups of these rows: see neuron_groups
    Parts parts;                 // the parts of the input's gradient that the groups leave
    StepBuffer x, z, y;          // the input; the input of norm or bias; the output
    StepBuffer inverse_std, mean, spread;
    GradientParts dy, dx;
    std::ptrdiff_t observed; // row in Observation's arrays; -1: there is no activation

    std::ptrdiff_t at() const noexcept { return own.first * rows.stride; }
    std::ptrdiff_t numbers() const noexcept { return own.size() * rows.stride; }
    bool is_bare() const noexcept { return !norm && shift == nullptr; } // only a linear without a bias
};

// The products, first without their arrays: that is enough to compute how much memory they need.

// z = W x for the own neurons.
kernels::Product forward_shape(const BlockStep& b)
{
    return {.m = b.own.size(),
            .n = b.batch,
            .k = b.weight->columns,
            .a = nullptr,
            .a_stride = b.weight->row_stride,
            .a_along_k = true,
            .b = nullptr,
            .b_stride = b.stride,
            .c = nullptr,
            .c_stride = b.stride,
            .op = kernels::ProductOp::store,
            .alpha = 1};
}

kernels::Product forward_product(const StepState& s, const BlockStep& b)
{
    kernels::Product product = forward_shape(b);
    product.a = s.parameter(b.weight->offset + b.own.first * b.weight->row_stride);
    product.b = b.x.at(s.step);
    product.c = b.z.at(s.step) + b.at();
    return product;
}

Range neurons_of(const BlockStep& b, std::ptrdiff_t group)
{
    return slice(b.weight->rows, neuron_groups(b.weight->rows), group);
}

// A group's part of dx = W^T dz. Adding it to the sum at once gives the same bits as adding it later.
kernels::Product input_shape(const BlockStep& b, std::ptrdiff_t group)
{
    const bool goes_on = b.parts.part_of(group) == 0 && group > 0;
    return {.m = b.weight->columns,
            .n = b.batch,
            .k = neurons_of(b, group).size(),
            .a = nullptr,
            .a_stride = b.weight->row_stride,
            .a_along_k = false,
            .b = nullptr,
            .b_stride = b.stride,
            .c = nullptr,
            .c_stride = b.stride,
            .op = goes_on ? kernels::ProductOp::add_scaled : kernels::ProductOp::store,
            .alpha = 1};
}

kernels::Product input_product(const StepState& s, const BlockStep& b, std::ptrdiff_t group)
{
    const Range neurons = neurons_of(b, group);
    kernels::Product product = input_shape(b, group);
    product.a = s.parameter(b.weight->offset + neurons.first * b.weight->row_stride);
    product.b = s.dz + (neurons.first - b.own.first) * b.stride;
    product.c = b.dx.at(s.step) + b.parts.part_of(group) * b.dx.stride;
    return product;
}

// dW = dz x^T for the own neurons.
kernels::Product weight_shape(const BlockStep& b)
{
    return {.m = b.own.size(),
            .n = b.weight->columns,
            .k = b.batch,
            .a = nullptr,
            .a_stride = b.stride,
            .a_along_k = true,
            .b = nullptr,
            .b_stride = b.weight->row_stride,
            .c = nullptr,
            .c_stride = b.weight->row_stride,
            .op = kernels::ProductOp::store,
            .alpha = 1};
}

// To be called when s.examples holds x^T.
kernels::Product weight_product(const StepState& s, const BlockStep& b)
{
    kernels::Product product = weight_shape(b);
    product.a = s.dz;
    product.b = s.examples;
    product.c = s.gradients + b.weight->offset + b.own.first * b.weight->row_stride;
    return product;
}

void norm_forward(const StepState& s, const BlockStep& b)
{
    s.kernels.norm_forward({.rows = b.own.size(),
                            .examples = b.rows.examples,
                            .stride = b.rows.stride,
                            .z = b.z.at(s.step) + b.at(),
                            .gamma = s.parameter(b.gamma->offset + b.own.first),
                            .beta = s.parameter(b.shift->offset + b.own.first),
                            .eps = b.eps,
                            .unbiased = b.unbiased,
                            .activation = b.activation,
                            .y = b.y.at(s.step) + b.at(),
                            .inverse_std = b.inverse_std.at(s.step) + b.own.first,
                            .mean = b.mean.at(s.step) + b.own.first,
                            .spread = b.spread.at(s.step) + b.own.first,
                            .spread_is_std = b.running->is_std,
                            .pixels = b.rows.pixels,
                            .pixel_stride = b.stride});
}

void forward(StepState& s, const BlockStep& b)
{
    if (b.own.size() == 0) return;
    if (b.conv)
        conv_forward(s, *b.conv);
    else if (b.weight != nullptr)
        s.multiply(forward_product(s, b));
    if (b.norm) {
        // The norm replaces z by x in place, so without a linear of its own the block copies its input first.
        if (b.weight == nullptr) std::copy_n(b.x.at(s.step) + b.at(), b.numbers(), b.z.at(s.step) + b.at());
        return norm_forward(s, b);
    }
    if (b.weight == nullptr)
        return s.kernels.activate({.rows = b.own.size(),
                                   .examples = b.rows.span(b.stride),
                                   .stride = b.rows.stride,
                                   .activation = b.activation,
                                   .x = b.x.at(s.step) + b.at(),
                                   .y = b.y.at(s.step) + b.at()});
    if (b.is_bare()) return;
    s.kernels.affine({.rows = b.own.size(),
                      .examples = b.rows.span(b.stride),
                      .stride = b.rows.stride,
                      .z = b.z.at(s.step) + b.at(),
                      .scale = nullptr,
                      .shift = s.parameter(b.shift->offset + b.own.first),
                      .activation = b.activation,
                      .y = b.y.at(s.step) + b.at()});
}

// The way back through the activation alone. dy null: computes the slopes.
void activation_backward(const StepState& s, const BlockStep& b, const float* dy, float* da, float* dy_sum)
{
    s.kernels.activate_backward({.rows = b.own.size(),
                                 .examples = b.rows.span(b.stride),
                                 .stride = b.rows.stride,
                                 .dy = dy,
                                 .parts = b.dy.count,
                                 .part_stride = b.dy.stride,
                                 .y = b.y.at(s.step) + b.at(),
                                 .x = b.z.at(s.step) + b.at(),
                                 .gamma = b.norm ? s.parameter(b.gamma->offset + b.own.first) : nullptr,
                                 .shift = b.shift == nullptr ? nullptr : s.parameter(b.shift->offset + b.own.first),
                                 .activation = b.activation,
                                 .da = da,
                                 .dy_sum = dy_sum});
}

// The way back through activation and norm, or activation and bias.
void norm_backward(const StepState& s, const BlockStep& b, const float* dy, float* dz, float* dy_sum)
{
    s.kernels.norm_backward({.rows = b.own.size(),
                             .examples = b.rows.examples,
                             .stride = b.rows.stride,
                             .dy = dy,
                             .parts = b.dy.count,
                             .part_stride = b.dy.stride,
                             .y = b.y.at(s.step) + b.at(),
                             .x = b.z.at(s.step) + b.at(),
                             .gamma = b.norm ? s.parameter(b.gamma->offset + b.own.first) : nullptr,
                             .inverse_std = b.norm ? b.inverse_std.at(s.step) + b.own.first : nullptr,
                             .unbiased = b.unbiased,
                             .activation = b.activation,
                             .dz = dz,
                             .dy_sum = dy_sum,
                             .dgamma = b.norm ? s.gradients + b.gamma->offset + b.own.first : nullptr,
                             .dbeta = s.gradients + b.shift->offset + b.own.first,
                             .pixels = b.rows.pixels,
                             .pixel_stride = b.stride},
                            s.parameter(b.shift->offset + b.own.first));
}

// Slopes are computed before the update, which changes gains and shifts. Returns where the summed dy is stored, or
// null.
float* observe(const StepState& s, const BlockStep& b)
{
    if (s.observation == nullptr || b.observed < 0) return nullptr;
    const std::ptrdiff_t at = b.observed * b.stride + b.at();
    activation_backward(s, b, nullptr, s.observation->slopes.data() + at, nullptr);
    return s.observation->gradients.data() + at;
}

// Where the block leaves dz. Without a product, dz is the input's gradient; that of a convolution is for all threads.
float* dz_of(const StepState& s, const BlockStep& b)
{
    if (b.conv) return b.conv->dz.at(s.step) + b.at();
    return b.weight != nullptr || b.dx.count == 0 ? s.dz : b.dx.at(s.step) + b.at();
}

// Computes dz of the own rows, and from it the input's gradient, unless that is a stage of its own.
void backward(StepState& s, const BlockStep& b)
{
    if (b.own.size() == 0) return;
    float* const observed = observe(s, b);
    const float* const dy = b.dy.at(s.step) + b.at();
    float* const dz = dz_of(s, b);
    if (!b.is_bare()) {
        norm_backward(s, b, dy, dz, observed);
    } else if (b.weight != nullptr) {
        s.kernels.sum_parts(b.numbers(), dy, b.dy.count, b.dy.stride, dz);
    } else {
        activation_backward(s, b, dy, dz, observed);
    }
    if (b.weight == nullptr || b.conv || b.dx.count == 0) return;
    for (std::ptrdiff_t group = b.groups.first; group < b.groups.last; ++group) s.multiply(input_product(s, b, group));
}

void update_weight(StepState& s, const BlockStep& b)
{
    s.kernels.transpose(b.weight->columns, b.batch, b.x.at(s.step), b.stride, s.examples, b.weight->row_stride);
    kernels::Product gradient = weight_product(s, b);
    const bool fused = s.fuses_updates();
    if (!fused || s.observation != nullptr) s.multiply(gradient);
    if (!fused) return s.update(*b.weight, b.own);
    gradient.c = s.model.at(b.weight->offset + b.own.first * b.weight->row_stride);
    gradient.op = kernels::ProductOp::add_scaled;
    gradient.alpha = -s.rates.learning_rate;
    s.multiply(gradient);
}

void update_running(const StepState& s, const BlockStep& b)
{
    float* running = s.model.running.data() + b.own.first;
    s.kernels.blend(b.own.size(), b.momentum, b.mean.at(s.step) + b.own.first, running + b.running->mean);
    s.kernels.blend(b.own.size(), b.momentum, b.spread.at(s.step) + b.own.first, running + b.running->spread);
}

void update(StepState& s, const BlockStep& b)
{
    if (b.own.size() == 0) return;
    if (b.conv)
        conv_update(s, *b.conv);
    else if (b.weight != nullptr)
        update_weight(s, b);
    if (b.norm) {
        s.update(*b.gamma, b.own);
        update_running(s, b);
    }
    if (b.shift != nullptr) s.update(*b.shift, b.own);
}

// Requests the thread's private memory, sized for the largest of its products too; groups differ by one neuron.
void need_memory(const BlockStep& b, Planner& p)
{
    if (b.own.size() == 0) return;
    p.need_dz(b.numbers());
    if (b.weight == nullptr || b.conv) return;
    p.need_examples(b.batch * b.weight->row_stride);
    p.need_blocks(forward_shape(b));
    for (std::ptrdiff_t group = b.groups.first; group < b.groups.last; ++group) p.need_blocks(input_shape(b, group));
    kernels::Product product = weight_shape(b);
    product.op = kernels::ProductOp::add_scaled;
    p.need_blocks(product);
}

void add_stages(const BlockStep& b, const Block& block, const Node& first, Planner& p)
{
    const Reach reach = block.linear != nullptr ? Reach::all : p.reach(first.input, first.out);
    std::vector<Access> made = {{b.y.id, Reach::own}};
    if (b.conv && b.conv->dx.count > 0) made.push_back({b.conv->copy.id, Reach::own});
    p.forward<forward>(b, {{b.x.id, reach}}, made);
    std::vector<Access> left;
    if (b.dx.count > 0) left.push_back({b.dx.buffer.id, reach});
    if (b.conv) left.push_back({b.conv->dz.id, Reach::own});
    p.backward<backward>(b, {{b.dy.buffer.id, Reach::own}, {b.x.id, reach}, {b.y.id, Reach::own}}, left);
    if (b.conv) add_conv_backward(*b.conv, p);
    if (block.linear != nullptr || block.norm != nullptr) p.backward<update>(b, {{b.x.id, reach}}, {});
}

} // namespace

void plan_block(std::size_t node, int nodes, Planner& p)
{
    const Node& first = p.node(node);
    const Block block = block_at(std::span(p.model().network.nodes()).subspan(node), nodes);
    const bool is_conv = block.linear != nullptr && first.out.is_planes();
    const std::ptrdiff_t features = first.out.features(), floats = first.out.rows() * p.stride();
    const int output = static_cast<int>(node) + nodes;
    const Share share = share_of(features, p.threads(), p.thread());
    BlockStep b{.batch = p.batch(),
                .stride = p.stride(),
                .rows = p.example_rows(first.out),
                .activation = activation_of(block),
                .norm = false,
                .unbiased = false,
                .eps = 0,
                .momentum = 0,
                .weight = nullptr,
                .conv = std::nullopt,
                .running = nullptr,
                .gamma = nullptr,
                .shift = nullptr,
                .own = share.neurons,
                .groups = share.groups,
                .parts = p.parts_of(first.input, features),
                .x = p.value(first.input),
                .z = {},
                .y = p.value(output),
                .inverse_std = {},
                .mean = {},
                .spread = {},
                .dy = p.gradient(output),
                .dx = {},
                .observed = -1};
    give_tensors(block, node, features, p, b);
    b.z = !b.is_bare() ? p.array(floats) : block.linear != nullptr ? b.y : b.x;
    if (block.activation != nullptr) b.observed = p.observe(static_cast<std::size_t>(output) - 1);
    if (is_conv)
        b.conv = plan_conv(node, b.z, p);
    else
        b.dx = p.leave_gradient(first.input, block.linear != nullptr ? b.parts.count() : 1);
    need_memory(b, p);
    add_stages(b, block, first, p);
}

} // namespace nib
