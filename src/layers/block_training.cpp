// A block's part of a training step. Each thread owns some neurons: it alone uses their weights, statistics, gradients
// and updates, which stay in its cache. Only the input, and parts of its gradient, pass between threads.
#include "layers/activation.hpp"
#include "layers/block_norm.hpp"
#include "layers/block_tensors.hpp"

#include <algorithm>

namespace nib {

namespace {

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

// dW = dz x^T for the own neurons, over a node's examples.
kernels::Product weight_shape(const BlockStep& b, const Segments& segments, const SegmentNode& node)
{
    return {.m = b.own.size(),
            .n = b.weight->columns,
            .k = segments.examples(node).size(),
            .a = nullptr,
            .a_stride = b.stride,
            .a_along_k = true,
            .b = nullptr,
            .b_stride = b.weight->row_stride,
            .c = nullptr,
            .c_stride = b.weight->row_stride,
            .op = kernels::ProductOp::store,
            .alpha = 1,
            .pieces = node.count};
}

// To be called when s.examples holds x^T. C is missing.
kernels::Product weight_product(const StepState& s, const BlockStep& b, const SegmentNode& node)
{
    kernels::Product product = weight_shape(b, s.segments, node);
    product.cuts = s.cuts_of(node);
    product.a = s.dz + product.cuts[0];
    product.b = s.examples + product.cuts[0] * b.weight->row_stride;
    return product;
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

void input_gradient(StepState& s, const BlockStep& b)
{
    if (b.weight == nullptr || b.conv || b.dx.count == 0) return;
    for (std::ptrdiff_t group = b.groups.first; group < b.groups.last; ++group) s.multiply(input_product(s, b, group));
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
    if (!b.waits_for_ranks()) input_gradient(s, b);
}

// The rest of both ways, once the ranks have told each other the norm's sums.
void forward_rest(StepState& s, const BlockStep& b)
{
    if (b.own.size() > 0) norm_forward_rest(s, b);
}
void backward_rest(StepState& s, const BlockStep& b)
{
    if (b.own.size() == 0) return;
    norm_backward_rest(s, b, b.dy.at(s.step) + b.at(), dz_of(s, b));
    input_gradient(s, b);
}

void update_weight(StepState& s, const BlockStep& b)
{
    s.kernels.transpose(b.weight->columns, b.batch, b.x.at(s.step), b.stride, s.examples, b.weight->row_stride);
    const std::ptrdiff_t offset = b.weight->offset + b.own.first * b.weight->row_stride;
    const bool fused = s.fuses_updates(); // only on a single rank, which has one node
    s.for_nodes([&](const SegmentNode& node, float* gradients) {
        kernels::Product gradient = weight_product(s, b, node);
        gradient.c = gradients + offset;
        if (!fused || s.observation != nullptr) s.multiply(gradient);
        if (!fused) return;
        gradient.c = s.model.at(offset);
        gradient.op = kernels::ProductOp::add_scaled;
        gradient.alpha = -s.rates.learning_rate;
        s.multiply(gradient);
    });
    if (!fused) s.update(*b.weight, b.own);
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
        if (!s.segments.is_shared()) update_running(s, b);
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
    p.segments().for_nodes(p.segments().rank, [&](const SegmentNode& node) {
        kernels::Product product = weight_shape(b, p.segments(), node);
        product.op = kernels::ProductOp::add_scaled;
        p.need_blocks(product);
    });
}

// Where the norm waits for other ranks, their sums pass in a stage of their own each way.
void add_forward(const BlockStep& b, Reach reads_x, Planner& p)
{
    std::vector<Access> made;
    if (b.conv && b.conv->dx.count > 0) made.push_back({b.conv->copy.id, Reach::own});
    if (!b.waits_for_ranks()) {
        made.push_back({b.y.id, Reach::own});
        return p.forward<forward>(b, {{b.x.id, reads_x}}, made);
    }
    made.push_back({b.for_ranks->moments.array.id, Reach::own});
    p.forward<forward>(b, {{b.x.id, reads_x}}, made);
    plan_forward_gather(b.for_ranks->moments, p);
    p.forward<forward_rest>(b, {{b.for_ranks->moments.array.id, Reach::own}}, {{b.y.id, Reach::own}});
}

void add_backward(const BlockStep& b, Reach reads_x, Planner& p)
{
    std::vector<Access> left;
    if (b.dx.count > 0) left.push_back({b.dx.buffer.id, reads_x});
    if (b.conv) left.push_back({b.conv->dz.id, Reach::own});
    const std::vector<Access> read = {{b.dy.buffer.id, Reach::own}, {b.x.id, reads_x}, {b.y.id, Reach::own}};
    if (!b.waits_for_ranks()) return p.backward<backward>(b, read, left);
    std::vector<Access> summed = left;
    summed.push_back({b.for_ranks->sums.array.id, Reach::own});
    p.backward<backward>(b, read, summed);
    plan_backward_gather(b.for_ranks->sums, p);
    p.backward<backward_rest>(b, {{b.for_ranks->sums.array.id, Reach::own}, {b.y.id, Reach::own}}, left);
    p.finish<update_running>(b);
}

void add_stages(const BlockStep& b, const Block& block, const Node& first, Planner& p)
{
    const Reach reads_x = block.linear != nullptr ? Reach::all : p.reach(first.input, first.out);
    add_forward(b, reads_x, p);
    add_backward(b, reads_x, p);
    if (b.conv) add_conv_backward(*b.conv, p);
    if (block.linear != nullptr || block.norm != nullptr) p.backward<update>(b, {{b.x.id, reads_x}}, {});
}

std::shared_ptr<const BlockSums> plan_sums(const BlockStep& b, Planner& p)
{
    const std::ptrdiff_t numbers = 2 * padded(b.shift->rows);
    return std::make_shared<const BlockSums>(BlockSums{SegmentSums::plan(p, numbers), SegmentSums::plan(p, numbers)});
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
                .positions = first.out.positions(),
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
                .observed = -1,
                .for_ranks = nullptr};
    give_tensors(block, node, features, p, b);
    if (p.segments().is_shared() && b.norm) b.for_ranks = plan_sums(b, p);
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
