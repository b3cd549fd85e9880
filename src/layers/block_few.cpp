// A block's part of a training step of few examples, which lie one after another: the neurons are in the lanes. Weights
// are kept twice, as they are and transposed, because each product needs its own order: z = x W^T has the neurons in
// its lanes, dx = dz W the inputs.
#include "layers/block_tensors.hpp"
#include "net/planner.hpp"

#include <algorithm>

namespace nib {

namespace {

// The data of one block's stages. Tensors are null if the block has no such part.
struct FewBlockStep {
    std::ptrdiff_t batch;
    std::ptrdiff_t inputs, outputs, x_stride, y_stride; // the strides between examples
    nib_activation activation;
    bool norm, unbiased;
    float eps, momentum;
    const Tensor* weight;
    const Running* running;      // null without a norm
    const Tensor *gamma, *shift; // of the norm; a bias counts as a shift too
    Parts parts;                 // the parts of the input's gradient that the groups of neurons leave
    StepBuffer x;                // the input
    StepBuffer z;                // the linear's sums, then the norm's x; without a norm a
    StepBuffer a, y;             // the activation's input, and the output
    StepBuffer transposed;       // W^T, (inputs, y_stride)
    StepBuffer before;           // for most_moved examples at most: see LeftUpdate
    StepBuffer inverse_std, mean, spread;
    GradientParts dy, dx;

    std::ptrdiff_t floats() const noexcept { return batch * y_stride; }
    Range all() const noexcept { return {0, outputs}; }
};

// An update of W^T that a step leaves for the next step's way forward, which reads W^T anyway: minus the learning rate,
// whether there is an update, and dz and x of the examples.
struct LeftUpdate {
    float *alpha, *is_left, *dz, *x;

    LeftUpdate(const FewBlockStep& b, float* memory)
        : alpha(memory), is_left(memory + 1), dz(memory + 16), x(dz + b.batch * b.y_stride)
    {
    }
    static std::ptrdiff_t floats(const FewBlockStep& b) { return 16 + b.batch * (b.y_stride + b.x_stride); }
};

// Whether the way forward is a pass over W^T, which adds the bias too.
bool passes_forward(const StepState& s, const FewBlockStep& b)
{
    return b.weight != nullptr && b.batch <= s.kernels.most_passed;
}

// Whether the way back updates W in the pass that multiplies by it.
bool moves_back(const StepState& s, const FewBlockStep& b)
{
    return passes_forward(s, b) && b.parts.count() == 1 && s.fuses_updates();
}

// Whether it leaves the update of W^T for the next step.
bool leaves_update(const StepState& s, const FewBlockStep& b) { return moves_back(s, b) && b.before.id >= 0; }

// Clears what lies behind the last output: sigmoid(0) is not 0, nor is a norm's output for zeros.
void clear_padding(const FewBlockStep& b, float* y)
{
    for (std::ptrdiff_t e = 0; e < b.batch; ++e)
        std::fill(y + e * b.y_stride + b.outputs, y + e * b.y_stride + padded(b.outputs), 0.0f);
}

// z, without a norm with its bias, of weights that an update left behind has moved first.
void pass_forward(const StepState& s, const FewBlockStep& b)
{
    kernels::FewForward pass{.examples = b.batch,
                             .inputs = b.inputs,
                             .outputs = padded(b.outputs),
                             .x = b.x.at(s.step),
                             .x_stride = b.x_stride,
                             .weight = b.transposed.at(s.step),
                             .weight_stride = b.y_stride,
                             .shift = b.norm || b.shift == nullptr ? nullptr : s.parameter(b.shift->offset),
                             .z = b.z.at(s.step),
                             .z_stride = b.y_stride,
                             .moves = false,
                             .x_before = nullptr,
                             .x_before_stride = b.x_stride,
                             .dz_before = nullptr,
                             .dz_before_stride = b.y_stride,
                             .alpha = 0};
    if (leaves_update(s, b)) {
        const LeftUpdate left(b, b.before.at(s.step));
        pass.moves = s.transposed_weights_are_current && *left.is_left != 0;
        pass.x_before = left.x;
        pass.dz_before = left.dz;
        pass.alpha = *left.alpha;
        *left.is_left = 0; // a step whose loss is no number has no way back
    }
    s.kernels.few_forward(pass);
}

void multiply_forward(const StepState& s, const FewBlockStep& b)
{
    float* const transposed = b.transposed.at(s.step);
    const float* const weight = s.parameter(b.weight->offset);
    if (!s.transposed_weights_are_current)
        s.kernels.transpose(b.outputs, b.inputs, weight, b.weight->row_stride, transposed, b.y_stride);
    if (passes_forward(s, b)) return pass_forward(s, b);
    s.kernels.product({.m = b.batch,
                       .n = padded(b.outputs),
                       .k = b.inputs,
                       .a = b.x.at(s.step),
                       .a_stride = b.x_stride,
                       .a_along_k = true,
                       .b = transposed,
                       .b_stride = b.y_stride,
                       .c = b.z.at(s.step),
                       .c_stride = b.y_stride,
                       .op = kernels::ProductOp::store,
                       .alpha = 1});
}

void norm_forward(const StepState& s, const FewBlockStep& b)
{
    s.kernels.few_norm_forward({.examples = b.batch,
                                .features = b.outputs,
                                .stride = b.y_stride,
                                .z = b.z.at(s.step),
                                .gamma = s.parameter(b.gamma->offset),
                                .beta = s.parameter(b.shift->offset),
                                .eps = b.eps,
                                .unbiased = b.unbiased,
                                .a = b.a.at(s.step),
                                .inverse_std = b.inverse_std.at(s.step),
                                .mean = b.mean.at(s.step),
                                .spread = b.spread.at(s.step),
                                .spread_is_std = b.running->is_std});
}

void forward(StepState& s, const FewBlockStep& b)
{
    if (b.weight != nullptr) multiply_forward(s, b);
    if (b.norm) {
        // The norm replaces z by x in place, so without a linear of its own the block copies its input first.
        if (b.weight == nullptr) std::copy_n(b.x.at(s.step), b.floats(), b.z.at(s.step));
        norm_forward(s, b);
    } else if (b.shift != nullptr && !passes_forward(s, b)) {
        s.kernels.few_shift({.examples = b.batch,
                             .features = b.outputs,
                             .stride = b.y_stride,
                             .shift = s.parameter(b.shift->offset),
                             .z = b.z.at(s.step)});
    }
    if (b.a.id != b.y.id)
        s.kernels.activate({.rows = 1,
                            .examples = b.floats(),
                            .stride = b.floats(),
                            .activation = b.activation,
                            .x = b.a.at(s.step),
                            .y = b.y.at(s.step)});
    if (b.outputs % 16 != 0) clear_padding(b, b.y.at(s.step));
}

// A group's part of dx = dz W. Adding it to the sum at once gives the same bits as adding it later.
void multiply_backward(const StepState& s, const FewBlockStep& b, const float* dz, std::ptrdiff_t group)
{
    const Range neurons = slice(b.outputs, b.parts.groups, group);
    const bool goes_on = b.parts.part_of(group) == 0 && group > 0;
    s.kernels.product({.m = b.batch,
                       .n = padded(b.inputs),
                       .k = neurons.size(),
                       .a = dz + neurons.first,
                       .a_stride = b.y_stride,
                       .a_along_k = true,
                       .b = s.parameter(b.weight->offset + neurons.first * b.weight->row_stride),
                       .b_stride = b.weight->row_stride,
                       .c = b.dx.at(s.step) + b.parts.part_of(group) * b.dx.stride,
                       .c_stride = b.x_stride,
                       .op = goes_on ? kernels::ProductOp::add_scaled : kernels::ProductOp::store,
                       .alpha = 1});
}

// The arrays whose examples move the weights: (batch, stride), `count` numbers of each example.
struct Factor {
    const float* numbers;
    std::ptrdiff_t count, stride;
};

Factor dz_of(const StepState& s, const FewBlockStep& b) { return {s.dz, b.outputs, b.y_stride}; }
Factor x_of(const StepState& s, const FewBlockStep& b) { return {b.x.at(s.step), b.inputs, b.x_stride}; }

// The update of weights c, (rows.count, stride), by the products of two arrays' numbers.
kernels::FewUpdate update_of(const StepState& s, std::ptrdiff_t batch, const Factor& rows, const Factor& columns,
                             float* c, std::ptrdiff_t stride)
{
    return {.m = rows.count,
            .n = padded(columns.count),
            .examples = batch,
            .a = rows.numbers,
            .a_stride = rows.stride,
            .b = columns.numbers,
            .b_stride = columns.stride,
            .c = c,
            .c_stride = stride,
            .alpha = -s.rates.learning_rate};
}

kernels::FewUpdate update_of_weight(const StepState& s, const FewBlockStep& b)
{
    return update_of(s, b.batch, dz_of(s, b), x_of(s, b), s.model.at(b.weight->offset), b.weight->row_stride);
}

kernels::FewUpdate update_of_transposed(const StepState& s, const FewBlockStep& b)
{
    return update_of(s, b.batch, x_of(s, b), dz_of(s, b), b.transposed.at(s.step), b.y_stride);
}

// For SGD: updates both the weights and their transposed copy.
void move(const StepState& s, const FewBlockStep& b)
{
    const kernels::FewUpdate update = update_of_weight(s, b);
    if (b.batch > kernels::fewest_examples)
        return s.kernels.few_update_transposed({update, b.inputs, b.transposed.at(s.step), b.y_stride});
    s.kernels.few_update(update);
    s.kernels.few_update(update_of_transposed(s, b));
}

// Leaves the update of W^T for the next step.
void leave_update(const StepState& s, const FewBlockStep& b, const float* dz)
{
    const LeftUpdate left(b, b.before.at(s.step));
    *left.alpha = -s.rates.learning_rate;
    *left.is_left = 1;
    std::copy_n(dz, b.floats(), left.dz);
    std::copy_n(b.x.at(s.step), b.batch * b.x_stride, left.x);
}

// Computes the input's gradient and updates W.
void move_backward(const StepState& s, const FewBlockStep& b, const float* dz)
{
    if (b.dx.count == 0) return s.kernels.few_update(update_of_weight(s, b));
    s.kernels.few_backward({.examples = b.batch,
                            .inputs = padded(b.inputs),
                            .outputs = b.outputs,
                            .groups = b.parts.groups,
                            .dz = dz,
                            .dz_stride = b.y_stride,
                            .x = b.x.at(s.step),
                            .x_stride = b.x_stride,
                            .weight = s.model.at(b.weight->offset),
                            .weight_stride = b.weight->row_stride,
                            .dx = b.dx.at(s.step),
                            .dx_stride = b.x_stride,
                            .alpha = -s.rates.learning_rate});
}

// Computes dz, and from it the input's gradient.
void backward(StepState& s, const FewBlockStep& b)
{
    // Without a linear, dz is the input's gradient.
    float* const dz = b.weight != nullptr || b.dx.count == 0 ? s.dz : b.dx.at(s.step);
    s.kernels.activate_backward({.rows = 1,
                                 .examples = b.floats(),
                                 .stride = b.floats(),
                                 .dy = b.dy.at(s.step),
                                 .parts = b.dy.count,
                                 .part_stride = b.dy.stride,
                                 .y = b.y.at(s.step),
                                 .x = b.a.at(s.step),
                                 .gamma = nullptr,
                                 .shift = nullptr,
                                 .activation = b.activation,
                                 .da = dz,
                                 .dy_sum = nullptr});
    if (b.shift != nullptr)
        s.kernels.few_norm_backward({.examples = b.batch,
                                     .features = b.outputs,
                                     .stride = b.y_stride,
                                     .da = dz,
                                     .x = b.z.at(s.step),
                                     .gamma = b.norm ? s.parameter(b.gamma->offset) : nullptr,
                                     .inverse_std = b.norm ? b.inverse_std.at(s.step) : nullptr,
                                     .unbiased = b.unbiased,
                                     .dgamma = b.norm ? s.gradients + b.gamma->offset : nullptr,
                                     .dbeta = s.gradients + b.shift->offset});
    if (leaves_update(s, b)) leave_update(s, b, dz);
    if (moves_back(s, b)) return move_backward(s, b, dz);
    if (b.weight == nullptr || b.dx.count == 0) return;
    for (std::ptrdiff_t group = 0; group < b.parts.groups; ++group) multiply_backward(s, b, dz, group);
}

void update_weight(StepState& s, const FewBlockStep& b)
{
    if (leaves_update(s, b)) return;
    if (moves_back(s, b)) return s.kernels.few_update(update_of_transposed(s, b));
    if (s.fuses_updates()) return move(s, b);
    s.kernels.product({.m = b.outputs,
                       .n = padded(b.inputs),
                       .k = b.batch,
                       .a = s.dz,
                       .a_stride = b.y_stride,
                       .a_along_k = false,
                       .b = b.x.at(s.step),
                       .b_stride = b.x_stride,
                       .c = s.gradients + b.weight->offset,
                       .c_stride = b.weight->row_stride,
                       .op = kernels::ProductOp::store,
                       .alpha = 1});
    s.update(*b.weight, b.all());
}

void update_running(const StepState& s, const FewBlockStep& b)
{
    float* running = s.model.running.data();
    s.kernels.blend(b.outputs, b.momentum, b.mean.at(s.step), running + b.running->mean);
    s.kernels.blend(b.outputs, b.momentum, b.spread.at(s.step), running + b.running->spread);
}

void update(StepState& s, const FewBlockStep& b)
{
    if (b.weight != nullptr) update_weight(s, b);
    if (b.norm) {
        s.update(*b.gamma, b.all());
        update_running(s, b);
    }
    if (b.shift != nullptr) s.update(*b.shift, b.all());
}

// Allocates the arrays between the linear and the output, one for each step on the way.
void plan_arrays(const Block& block, Planner& p, FewBlockStep& b)
{
    const bool activates = block.activation != nullptr;
    if (block.norm != nullptr) {
        b.z = p.array(b.floats());
        b.a = activates ? p.array(b.floats()) : b.y;
    } else {
        b.z = b.a = block.linear == nullptr ? b.x : activates ? p.array(b.floats()) : b.y;
    }
    if (block.linear != nullptr) b.transposed = p.array(b.inputs * b.y_stride);
    p.need_dz(b.floats());
}

} // namespace

void plan_block_few(std::size_t node, int nodes, Planner& p)
{
    const Node& first = p.node(node);
    const Block block = block_at(std::span(p.model().network.nodes()).subspan(node), nodes);
    const std::ptrdiff_t inputs = first.in.rows(), outputs = first.out.rows();
    const int output = static_cast<int>(node) + nodes;
    FewBlockStep b{.batch = p.batch(),
                   .inputs = inputs,
                   .outputs = outputs,
                   .x_stride = row_stride(inputs),
                   .y_stride = row_stride(outputs),
                   .activation = activation_of(block),
                   .norm = false,
                   .unbiased = false,
                   .eps = 0,
                   .momentum = 0,
                   .weight = nullptr,
                   .running = nullptr,
                   .gamma = nullptr,
                   .shift = nullptr,
                   .parts = p.parts_of(first.input, outputs),
                   .x = p.value(first.input),
                   .z = {},
                   .a = {},
                   .y = p.value(output),
                   .transposed = {},
                   .before = {},
                   .inverse_std = {},
                   .mean = {},
                   .spread = {},
                   .dy = p.gradient(output),
                   .dx = {}};
    give_tensors(block, node, padded(outputs), p, b);
    plan_arrays(block, p, b);
    b.dx = p.leave_gradient(first.input, block.linear != nullptr ? b.parts.count() : 1);
    if (block.linear != nullptr && b.batch <= kernels::most_moved && b.parts.count() == 1)
        b.before = p.array(LeftUpdate::floats(b));

    p.forward<forward>(b, {{b.x.id, Reach::all}}, {{b.y.id, Reach::own}});
    std::vector<Access> left;
    if (b.dx.count > 0) left.push_back({b.dx.buffer.id, Reach::all});
    p.backward<backward>(b, {{b.dy.buffer.id, Reach::own}, {b.x.id, Reach::all}, {b.y.id, Reach::own}}, left);
    if (block.linear != nullptr || block.norm != nullptr) p.backward<update>(b, {{b.x.id, Reach::all}}, {});
}

} // namespace nib
