// The network in evaluation mode: batch normalisation by its running statistics, dropout as if it was not there.
#pragma once

#include "net/evaluation.hpp"
#include "net/model.hpp"

#include <span>
#include <vector>

namespace nib {

// Some examples, one of both.
struct InferenceInput {
    const std::int32_t* contexts = nullptr; // (count, context_length) of ids below the vocabulary's size
    const float* x = nullptr;               // (features, chunk)
};

// Made from the model as it is now; keeps pointing to its weights. Any number of threads may use one, each with a
// workspace of its own, but for refresh().
class Inference {
public:
    static constexpr std::ptrdiff_t chunk = evaluation_chunk; // examples that are handled at a time

    explicit Inference(const Model& model);

    // Takes the model as it is now. Nothing is allocated.
    void refresh() noexcept;

    std::size_t workspace_size() const noexcept { return workspace_size_; } // floats

    // count in 1..chunk. Returns the outputs by feature, (outputs, chunk), in the workspace or the examples.
    const float* outputs(const InferenceInput& input, std::ptrdiff_t count, float* workspace) const;

    // The same up to a value of the network: (rows, chunk).
    const float* value(int value, const InferenceInput& input, std::ptrdiff_t count, float* workspace) const;

private:
    // Nodes that are computed at once: the first one, and those behind it that it takes.
    struct Part {
        std::size_t node;
        int nodes;
        std::ptrdiff_t constants; // where the last one's begin, of those that have any
    };

    void find_parts();
    void find_places();
    void find_constants();
    int producer(int value) const noexcept; // the value that it is a name for
    float* place(int value, float* workspace) const noexcept;
    const float* array(int value, const InferenceInput& input, float* workspace) const noexcept;
    void run(const Part& part, int nodes, const InferenceInput& input, std::ptrdiff_t count, float* workspace) const;

    const Model& model_;
    std::vector<Part> parts_;
    std::vector<std::ptrdiff_t> places_;  // of each value, in the workspace
    std::vector<std::ptrdiff_t> offsets_; // of each node's constants
    Buffer<float> constants_;
    std::size_t workspace_size_ = 0;
};

// Logits in evaluation mode: contexts (count, context_length), logits (count, vocabulary). Throws
// NIB_ERR_INVALID_ARGUMENT for an id that the vocabulary lacks, NIB_ERR_MISMATCH for a model of a table.
void model_logits(const Model& model, std::span<const std::int32_t> contexts, float* logits, int threads);

} // namespace nib
