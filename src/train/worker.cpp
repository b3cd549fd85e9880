#include "train/worker.hpp"

#include "kernels/sgemm.hpp"

#include <algorithm>
#include <cmath>

namespace nib {

Training::Training(Model& to_train, const Text& data, const nib_train_options& how, Memory* memory)
    : model(to_train),
      mlp(mlp_of(to_train, "training")),
      text(data),
      options(how),
      kernels(*kernels::table()),
      workspace(mlp, model.layout.classes, how.batch_size, memory),
      gradients(model.parameters.size(), memory),
      optimizer(how, model.parameters.size(), memory)
{
}

Worker::Worker(Training& training, Team& team, int thread)
    : t_(training),
      member_(team, thread),
      generator_(training.model.generator),
      features_(slice(training.mlp.embedding_size, team.threads(), thread)),
      numbers_(static_cast<std::size_t>(training.workspace.batch), training.model.memory),
      contexts_(numbers_.size() * static_cast<std::size_t>(training.model.context_length), training.model.memory),
      targets_(numbers_.size(), training.model.memory),
      scratch_(static_cast<std::size_t>(training.workspace.stride), training.model.memory)
{
    for (const MlpLayer& layer : t_.mlp.layers) {
        shares_.push_back(share_of(layer.outputs, team.threads(), thread));
        parts_.emplace_back(layer.outputs, team.threads());
    }
    std::ptrdiff_t widest = 0, neurons = 0;
    for (const MlpLayer& layer : training.mlp.layers) widest = std::max(widest, layer.weight_stride);
    for (const Share& share : shares_) neurons = std::max(neurons, share.neurons.size());
    examples_ = Buffer<float>(numbers_.size() * static_cast<std::size_t>(widest), training.model.memory);
    dz_ = Buffer<float>(static_cast<std::size_t>(neurons * training.workspace.stride), training.model.memory);
    blocks_ = Buffer<float>(static_cast<std::size_t>(blocks_size()), training.model.memory);
}

float Worker::step(std::int64_t index, Observation* observation)
{
    step_ = index;
    observation_ = observation;
    rates_ = t_.optimizer.rates(index);
    draw();
    embed();
    const std::size_t layers = t_.mlp.layers.size();
    for (std::size_t i = 0; i < layers; ++i) {
        member_.arrive();
        member_.wait();
        forward(i);
    }
    member_.arrive();
    member_.wait();
    const float mean = loss();
    if (!std::isfinite(mean)) return mean;
    for (std::size_t i = layers; i-- > 0;) backward(i);
    backward_embedding();
    return mean;
}

void Worker::draw()
{
    randint(generator_, t_.text.examples(NIB_SPLIT_TRAIN), numbers_.span());
    t_.text.gather(NIB_SPLIT_TRAIN, numbers_.span(), static_cast<std::int32_t>(t_.model.context_length),
                   contexts_.data(), targets_.data());
}

// Feature e of the symbol at place p of each context becomes input p * embedding_size + e.
void Worker::embed()
{
    const Mlp& mlp = t_.mlp;
    const std::ptrdiff_t length = t_.model.context_length;
    float* to = t_.workspace.input(0, step_);
    const std::ptrdiff_t stride = t_.workspace.stride;
    for (std::ptrdiff_t place = 0; place < length; ++place) {
        for (std::ptrdiff_t e = features_.first; e < features_.last; ++e) {
            const float* values = parameter(mlp.embedding + e * mlp.embedding_stride);
            const std::ptrdiff_t feature = place * mlp.embedding_size + e;
            const std::int32_t* symbol = contexts_.data() + place;
            for (std::ptrdiff_t b = 0; b < t_.workspace.batch; ++b, symbol += length) {
                to[feature * stride + b] = values[*symbol];
            }
        }
    }
}

const BatchnormOptions& Worker::norm_options(const MlpLayer& layer) const
{
    return t_.model.network.nodes()[layer.first_node + 1].spec.options.as<BatchnormOptions>();
}

// z = W x of the own neurons.
kernels::Product Worker::forward_product(std::size_t index) const
{
    const MlpLayer& layer = t_.mlp.layers[index];
    const Range own = shares_[index].neurons;
    const std::ptrdiff_t stride = t_.workspace.stride;
    return {.m = own.size(),
            .n = t_.workspace.batch,
            .k = layer.inputs,
            .a = parameter(layer.weight + own.first * layer.weight_stride),
            .a_stride = layer.weight_stride,
            .a_along_k = true,
            .b = t_.workspace.input(index, step_),
            .b_stride = stride,
            .c = t_.workspace.layer(index).z + own.first * stride,
            .c_stride = stride,
            .op = kernels::ProductOp::store,
            .alpha = 1};
}

// A group's part of dx = W^T dz. Added to what is there, it gives the bits that adding it later would.
kernels::Product Worker::input_product(std::size_t index, std::ptrdiff_t group) const
{
    const MlpLayer& layer = t_.mlp.layers[index];
    const LayerBuffers& buffers = t_.workspace.layer(index);
    const Range neurons = slice(layer.outputs, neuron_groups(layer.outputs), group);
    const std::ptrdiff_t stride = t_.workspace.stride;
    const std::ptrdiff_t place = parts_[index].part_of(group);
    return {.m = layer.inputs,
            .n = t_.workspace.batch,
            .k = neurons.size(),
            .a = parameter(layer.weight + neurons.first * layer.weight_stride),
            .a_stride = layer.weight_stride,
            .a_along_k = false,
            .b = dz_.data() + (neurons.first - shares_[index].neurons.first) * stride,
            .b_stride = stride,
            .c = buffers.dx_parts + place * buffers.dx_part_stride,
            .c_stride = stride,
            .op = place == 0 && group > 0 ? kernels::ProductOp::add_scaled : kernels::ProductOp::store,
            .alpha = 1};
}

// dW = dz x^T of the own neurons, once examples_ holds x^T.
kernels::Product Worker::weight_product(std::size_t index) const
{
    const MlpLayer& layer = t_.mlp.layers[index];
    const Range own = shares_[index].neurons;
    const std::ptrdiff_t stride = t_.workspace.stride;
    return {.m = own.size(),
            .n = layer.inputs,
            .k = t_.workspace.batch,
            .a = dz_.data(),
            .a_stride = stride,
            .a_along_k = true,
            .b = examples_.data(),
            .b_stride = layer.weight_stride,
            .c = t_.gradients.data() + layer.weight + own.first * layer.weight_stride,
            .c_stride = layer.weight_stride,
            .op = kernels::ProductOp::store,
            .alpha = 1};
}

// What the largest of them needs to be done in blocks.
std::ptrdiff_t Worker::blocks_size() const
{
    std::ptrdiff_t largest = 0;
    for (std::size_t i = 0; i < shares_.size(); ++i) {
        if (shares_[i].neurons.size() == 0) continue;
        const auto count = [&](const kernels::Product& product) {
            largest = std::max(largest, kernels::blocked_workspace(product));
        };
        count(forward_product(i));
        const Range& groups = shares_[i].groups; // which differ by a neuron
        for (std::ptrdiff_t group = groups.first; group < groups.last; ++group) count(input_product(i, group));
        kernels::Product update = weight_product(i);
        update.op = kernels::ProductOp::add_scaled;
        count(update);
    }
    return largest;
}

void Worker::multiply(const kernels::Product& product)
{
    kernels::blocked_product(t_.kernels, product, blocks_.data());
}

void Worker::forward(std::size_t index)
{
    const MlpLayer& layer = t_.mlp.layers[index];
    const LayerBuffers& buffers = t_.workspace.layer(index);
    float* to = t_.workspace.input(index + 1, step_);
    const Range own = shares_[index].neurons;
    const std::ptrdiff_t stride = t_.workspace.stride, at = own.first * stride;
    if (own.size() == 0) return;

    multiply(forward_product(index));
    if (layer.norm) {
        const BatchnormOptions& o = norm_options(layer);
        t_.kernels.norm_forward({.rows = own.size(),
                                 .examples = t_.workspace.batch,
                                 .stride = stride,
                                 .z = buffers.z + at,
                                 .gamma = parameter(layer.gamma + own.first),
                                 .beta = parameter(layer.shift + own.first),
                                 .eps = o.running == NIB_BN_RUNNING_STD ? 0.0f : static_cast<float>(o.eps),
                                 .unbiased = o.variance == NIB_BN_UNBIASED,
                                 .activation = layer.activation,
                                 .y = to + at,
                                 .inverse_std = buffers.inverse_std + own.first,
                                 .mean = buffers.mean + own.first,
                                 .spread = buffers.spread + own.first,
                                 .spread_is_std = o.running == NIB_BN_RUNNING_STD});
    } else {
        t_.kernels.affine({.rows = own.size(),
                           .examples = t_.workspace.batch,
                           .stride = stride,
                           .z = buffers.z + at,
                           .scale = nullptr,
                           .shift = parameter(layer.shift + own.first),
                           .activation = layer.activation,
                           .y = to + at});
    }
}

float Worker::loss()
{
    const std::size_t last = t_.mlp.layers.size() - 1;
    const Range own = shares_[last].neurons;
    return t_.kernels.cross_entropy({.classes = t_.model.layout.classes,
                                     .examples = t_.workspace.batch,
                                     .stride = t_.workspace.stride,
                                     .logits = t_.workspace.input(last + 1, step_),
                                     .targets = targets_.data(),
                                     .workspace = scratch_.data(),
                                     .first_row = own.first,
                                     .last_row = own.last,
                                     .gradient = t_.workspace.logit_gradient()});
}

// The others wait for this thread's part of the input's gradient, so that comes first; the update of its own weights
// fills the time until theirs are there.
void Worker::backward(std::size_t index)
{
    const std::vector<MlpLayer>& layers = t_.mlp.layers;
    const MlpLayer& layer = layers[index];
    const LayerBuffers& buffers = t_.workspace.layer(index);
    const Range own = shares_[index].neurons;
    const std::ptrdiff_t stride = t_.workspace.stride, at = own.first * stride;
    const bool last = index + 1 == layers.size();
    if (own.size() > 0) {
        const LayerBuffers* above = last ? nullptr : &t_.workspace.layer(index + 1);
        float* observed = observation_ != nullptr && !last ? observation_->gradient(index) + at : nullptr;
        if (observed != nullptr) observe_slopes(index);
        t_.kernels.norm_backward({.rows = own.size(),
                                  .examples = t_.workspace.batch,
                                  .stride = stride,
                                  .dy = (last ? t_.workspace.logit_gradient() : above->dx_parts) + at,
                                  .parts = last ? 1 : parts_[index + 1].count(),
                                  .part_stride = last ? 0 : above->dx_part_stride,
                                  .y = t_.workspace.input(index + 1, step_) + at,
                                  .x = buffers.z + at,
                                  .gamma = layer.norm ? parameter(layer.gamma + own.first) : nullptr,
                                  .inverse_std = buffers.inverse_std + own.first,
                                  .unbiased = layer.norm && norm_options(layer).variance == NIB_BN_UNBIASED,
                                  .activation = layer.activation,
                                  .dz = dz_.data(),
                                  .dy_sum = observed,
                                  .dgamma = layer.norm ? t_.gradients.data() + layer.gamma + own.first : nullptr,
                                  .dbeta = t_.gradients.data() + layer.shift + own.first},
                                 parameter(layer.shift + own.first));
        const Range& groups = shares_[index].groups;
        for (std::ptrdiff_t group = groups.first; group < groups.last; ++group) multiply(input_product(index, group));
    }
    member_.arrive();
    if (own.size() > 0) update_weights(index);
    member_.wait();
}

// Before the update, which moves gains and shifts.
void Worker::observe_slopes(std::size_t index)
{
    const MlpLayer& layer = t_.mlp.layers[index];
    const Range own = shares_[index].neurons;
    const std::ptrdiff_t at = own.first * t_.workspace.stride;
    t_.kernels.activate_backward({.rows = own.size(),
                                  .examples = t_.workspace.batch,
                                  .stride = t_.workspace.stride,
                                  .dy = nullptr,
                                  .parts = 1,
                                  .part_stride = 0,
                                  .y = t_.workspace.input(index + 1, step_) + at,
                                  .x = t_.workspace.layer(index).z + at,
                                  .gamma = layer.norm ? parameter(layer.gamma + own.first) : nullptr,
                                  .shift = parameter(layer.shift + own.first),
                                  .activation = layer.activation,
                                  .da = observation_->slope(index) + at,
                                  .dy_sum = nullptr});
}

void Worker::update_weights(std::size_t index)
{
    const MlpLayer& layer = t_.mlp.layers[index];
    const Range own = shares_[index].neurons;
    const std::ptrdiff_t weights = layer.weight + own.first * layer.weight_stride;
    t_.kernels.transpose(layer.inputs, t_.workspace.batch, t_.workspace.input(index, step_), t_.workspace.stride,
                         examples_.data(), layer.weight_stride);
    kernels::Product gradient = weight_product(index);
    const bool fused = t_.optimizer.is_linear();
    if (!fused || observation_ != nullptr) multiply(gradient);
    if (fused) {
        gradient.c = t_.model.parameters.data() + weights;
        gradient.op = kernels::ProductOp::add_scaled;
        gradient.alpha = -rates_.learning_rate;
        multiply(gradient);
    } else {
        update(weights, own.size() * layer.weight_stride, true);
    }
    if (layer.norm) {
        update(layer.gamma + own.first, own.size(), false);
        update_running(layer, t_.workspace.layer(index), own);
    }
    update(layer.shift + own.first, own.size(), false);
}

void Worker::update_running(const MlpLayer& layer, const LayerBuffers& buffers, const Range& own)
{
    const float momentum = static_cast<float>(norm_options(layer).momentum);
    float* running = t_.model.running.data() + own.first;
    t_.kernels.blend(own.size(), momentum, buffers.mean + own.first, running + layer.running_mean);
    t_.kernels.blend(own.size(), momentum, buffers.spread + own.first, running + layer.running_variance);
}

void Worker::update(std::ptrdiff_t offset, std::ptrdiff_t n, bool decays)
{
    if (observation_ != nullptr && observation_->before.size() > 0) {
        std::copy_n(parameter(offset), n, observation_->before.data() + offset);
    }
    t_.optimizer.update(t_.kernels, rates_, offset, n, decays, t_.gradients.data(), t_.model.parameters.data());
}

// Each symbol's feature gets the gradients of all places where the symbol stood, in the order of places and examples.
void Worker::backward_embedding()
{
    const Mlp& mlp = t_.mlp;
    const std::ptrdiff_t length = t_.model.context_length, vocabulary = t_.model.layout.classes;
    const LayerBuffers& buffers = t_.workspace.layer(0);
    const std::ptrdiff_t stride = t_.workspace.stride, parts = parts_.front().count();
    for (std::ptrdiff_t e = features_.first; e < features_.last; ++e) {
        const std::ptrdiff_t row = mlp.embedding + e * mlp.embedding_stride;
        float* gradient = t_.gradients.data() + row;
        std::fill(gradient, gradient + vocabulary, 0.0f);
        for (std::ptrdiff_t place = 0; place < length; ++place) {
            const std::ptrdiff_t feature = place * mlp.embedding_size + e;
            t_.kernels.sum_parts(stride, buffers.dx_parts + feature * stride, parts, buffers.dx_part_stride,
                                 scratch_.data());
            const std::int32_t* symbol = contexts_.data() + place;
            for (std::ptrdiff_t b = 0; b < t_.workspace.batch; ++b, symbol += length) {
                gradient[*symbol] += scratch_[static_cast<std::size_t>(b)];
            }
        }
        update(row, vocabulary, true);
    }
}

} // namespace nib
