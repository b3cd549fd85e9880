// The network in evaluation mode: batch normalisation uses its running statistics, dropout has no effect.
#pragma once

#include "net/evaluation.hpp"
#include "net/model.hpp"

#include <span>
#include <vector>

namespace nib {

// Some examples: either contexts or rows.
struct InferenceInput {
    const std::int32_t* contexts = nullptr; // (count, context_length) of ids below the vocabulary's size
    const float* x = nullptr;               // (features, chunk)
};

// Made from the model's current numbers; keeps pointing to the model's weights. Any number of threads may use one
// object, each with its own workspace, but not during refresh().
class Inference {
public:
    static constexpr std::ptrdiff_t chunk = evaluation_chunk; // examples that are computed at a time

    explicit Inference(const Model& model);

    // Reads the model's current numbers. Allocates nothing.
    void refresh() noexcept;

    std::size_t workspace_size() const noexcept { return workspace_size_; } // floats

    // Computes the outputs for count examples, 1..chunk. Returns them by feature, (outputs, chunk), in the workspace or
    // in the examples.
    const float* outputs(const InferenceInput& input, std::ptrdiff_t count, float* workspace) const;

    // The same up to a given value of the network: (rows, chunk).
    const float* value(int value, const InferenceInput& input, std::ptrdiff_t count, float* workspace) const;

private:
    // Nodes that are computed at once: the first one, and those behind it that it takes along.
    struct Part {
        std::size_t node;
        int nodes;
        std::ptrdiff_t constants; // offset of the last node's constants, if it has any
    };

    void find_parts();
    void find_places();
    void find_constants();
    int producer(int value) const noexcept; // the value whose numbers it shares
    float* place(int value, float* workspace) const noexcept;
    const float* array(int value, const InferenceInput& input, float* workspace) const noexcept;
    void run(const Part& part, int nodes, const InferenceInput& input, std::ptrdiff_t count, float* workspace) const;

    const Model& model_;
    std::vector<Part> parts_;
    std::vector<std::ptrdiff_t> places_;  // each value's offset in the workspace
    std::vector<std::ptrdiff_t> offsets_; // the offset of each node's constants
    Buffer<float> constants_;
    std::size_t workspace_size_ = 0;
};

// Logits in evaluation mode: contexts (count, context_length), logits (count, vocabulary). Throws
// NIB_ERR_INVALID_ARGUMENT for an id that is not in the vocabulary, NIB_ERR_MISMATCH for a model of a table.
void model_logits(const Model& model, std::span<const std::int32_t> contexts, float* logits, int threads);

} // namespace nib
