#include "nn/inference.hpp"

#include "base/error.hpp"
#include "kernels/table.hpp"
#include "nn/chunks.hpp"

#include <algorithm>
#include <cmath>

namespace nib {

void evaluation_affine(const Model& model, const Layer& layer, double* scale, double* shift)
{
    const bool is_std = model.options.bn_running == NIB_BN_RUNNING_STD;
    const double eps = model.options.bn_eps;
    for (std::ptrdiff_t i = 0; i < layer.outputs; ++i) {
        scale[i] = 1;
        shift[i] = model.at(layer.shift)[i];
        if (!layer.norm) continue;
        const double spread = model.running.data()[layer.running_variance + i];
        const double mean = model.running.data()[layer.running_mean + i];
        scale[i] = model.at(layer.gamma)[i] / (is_std ? spread : std::sqrt(spread + eps));
        shift[i] -= mean * scale[i];
    }
}

Inference::Inference(const Model& model) : model_(model)
{
    std::ptrdiff_t total = 0;
    for (const Layer& layer : model.layout.layers) {
        offsets_.push_back(total);
        total += layer.outputs;
        widest_ = std::max({widest_, layer.inputs, layer.outputs});
    }
    scale_ = Buffer<float>(static_cast<std::size_t>(total), model.memory);
    shift_ = Buffer<float>(static_cast<std::size_t>(total), model.memory);
    Buffer<double> scale(static_cast<std::size_t>(total), model.memory), shift(scale.size(), model.memory);
    for (std::size_t i = 0; i < offsets_.size(); ++i) {
        evaluation_affine(model, model.layout.layers[i], scale.data() + offsets_[i], shift.data() + offsets_[i]);
    }
    const auto to_float = [](double x) { return static_cast<float>(x); };
    std::transform(scale.begin(), scale.end(), scale_.begin(), to_float);
    std::transform(shift.begin(), shift.end(), shift_.begin(), to_float);
    workspace_size_ = static_cast<std::size_t>(2 * widest_ * chunk);
}

void Inference::embed(const std::int32_t* contexts, std::ptrdiff_t count, float* to) const
{
    const Layout& layout = model_.layout;
    for (std::ptrdiff_t place = 0; place < layout.context_length; ++place) {
        for (std::ptrdiff_t e = 0; e < layout.embedding_size; ++e, to += chunk) {
            const float* values = model_.at(layout.embedding + e * layout.embedding_stride);
            for (std::ptrdiff_t i = 0; i < count; ++i) to[i] = values[contexts[i * layout.context_length + place]];
        }
    }
}

void Inference::product(std::size_t index, std::ptrdiff_t count, const float* from, float* to) const
{
    const Layer& layer = model_.layout.layers[index];
    kernels::table()->product({.m = layer.outputs,
                               .n = count,
                               .k = layer.inputs,
                               .a = model_.at(layer.weight),
                               .a_stride = layer.weight_stride,
                               .a_along_k = true,
                               .b = from,
                               .b_stride = chunk,
                               .c = to,
                               .c_stride = chunk,
                               .op = kernels::ProductOp::store,
                               .alpha = 0});
}

void Inference::finish(std::size_t index, std::ptrdiff_t count, float* z) const
{
    const Layer& layer = model_.layout.layers[index];
    kernels::table()->affine({.rows = layer.outputs,
                              .examples = count,
                              .stride = chunk,
                              .z = z,
                              .scale = layer.norm ? scale_.data() + offsets_[index] : nullptr,
                              .shift = shift_.data() + offsets_[index],
                              .activation = layer.activation,
                              .y = z});
}

float* Inference::preactivations(std::size_t last, const std::int32_t* contexts, std::ptrdiff_t count,
                                 float* workspace) const
{
    float* from = workspace;
    float* to = workspace + widest_ * chunk;
    embed(contexts, count, from);
    for (std::size_t i = 0; i < last; ++i) {
        product(i, count, from, to);
        finish(i, count, to);
        std::swap(from, to);
    }
    product(last, count, from, to);
    return to;
}

const float* Inference::logits(const std::int32_t* contexts, std::ptrdiff_t count, float* workspace) const
{
    const std::size_t last = offsets_.size() - 1;
    float* z = preactivations(last, contexts, count, workspace);
    finish(last, count, z);
    return z;
}

void model_logits(const Model& model, std::span<const std::int32_t> contexts, float* logits, int threads)
{
    const std::ptrdiff_t vocabulary = model.layout.vocabulary, length = model.layout.context_length;
    for (const std::int32_t id : contexts) {
        if (id >= 0 && id < vocabulary) continue;
        throw Error(NIB_ERR_INVALID_ARGUMENT, "a context holds the id %d: expected 0 to %td", static_cast<int>(id),
                    vocabulary - 1);
    }
    const std::ptrdiff_t count = static_cast<std::ptrdiff_t>(contexts.size()) / length;
    const Inference inference(model);
    for_chunks(
        0, count, threads, [&] { return Buffer<float>(inference.workspace_size(), model.memory); },
        [&](const Chunk& c, Buffer<float>& workspace) {
            const float* z = inference.logits(contexts.data() + c.first * length, c.size, workspace.data());
            kernels::table()->transpose(vocabulary, c.size, z, Inference::chunk, logits + c.first * vocabulary,
                                        vocabulary);
        });
}

} // namespace nib
