// The network in evaluation mode: batch normalisation by its running statistics.
#pragma once

#include "nn/model.hpp"

#include <span>

namespace nib {

// A model's layers as products with a scale and a shift: scale = gamma / sqrt(variance + eps), shift = beta - mean
// scale; a plain bias is a shift alone. Made from the model as it is now; keeps pointing to its weights. Any number of
// threads may use one, each with a workspace of its own.
class Inference {
public:
    // Examples that are handled at a time: an input of 100 features then fits the nearest cache.
    static constexpr std::ptrdiff_t chunk = 64;

    explicit Inference(const Model& model);

    std::size_t workspace_size() const noexcept { return workspace_size_; } // floats

    // contexts (count, context_length) of ids below the vocabulary's size, count in 1..chunk. Returns the logits by
    // feature, (vocabulary, chunk), in the workspace.
    const float* logits(const std::int32_t* contexts, std::ptrdiff_t count, float* workspace) const;

    // The same up to a layer's product: (outputs, chunk) before normalisation and bias.
    float* preactivations(std::size_t layer, const std::int32_t* contexts, std::ptrdiff_t count,
                          float* workspace) const;

private:
    void embed(const std::int32_t* contexts, std::ptrdiff_t count, float* to) const;
    void product(std::size_t layer, std::ptrdiff_t count, const float* from, float* to) const;
    void finish(std::size_t layer, std::ptrdiff_t count, float* z) const;

    const Model& model_;
    Buffer<float> scale_, shift_; // of all layers, one behind the other
    std::vector<std::ptrdiff_t> offsets_;
    std::ptrdiff_t widest_ = 0;
    std::size_t workspace_size_;
};

// Of one layer: scale and shift of each neuron in evaluation mode, a plain bias being a shift with scale 1. scale and
// shift hold outputs numbers.
void evaluation_affine(const Model& model, const Layer& layer, double* scale, double* shift);

// Logits in evaluation mode: contexts (count, context_length), logits (count, vocabulary). Throws
// NIB_ERR_INVALID_ARGUMENT for an id that the vocabulary lacks.
void model_logits(const Model& model, std::span<const std::int32_t> contexts, float* logits, int threads);

} // namespace nib
