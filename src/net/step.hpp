// One thread's state of a running training step: what its stages read and write beside their own arguments.
#pragma once

#include "kernels/table.hpp"
#include "net/model.hpp"
#include "net/observation.hpp"
#include "net/segments.hpp"
#include "net/shares.hpp"
#include "optim/optimizer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace nib {

class Collective;

// The rank's examples of a step, which each thread gathers for itself.
struct StepBatch {
    const std::int32_t* contexts = nullptr; // (batch, context_length), for symbols
    const DataTable* table = nullptr;       // for rows: the table that they come from
    const std::uint32_t* numbers = nullptr; // (batch), in the training split
    const std::int32_t* classes = nullptr;  // (batch)
    const float* targets = nullptr;         // numbers to learn, (outputs, stride)
    const float* weights = nullptr;         // (stride); null: each is 1
    float weight = 0;                       // the weights' sum, of all ranks
};

struct StepState {
    const kernels::Table& kernels;
    Model& model;
    Optimizer& optimizer;
    float* gradients; // laid out as the parameters; a matrix whose update is fused with its product has none here

    // How the minibatch is cut, and where the rank's segments begin, counted from its first example; one more: the end.
    // Each of the rank's nodes has an arena of gradients of its own, node_stride floats from the one before. After an
    // exchange the first has those of all ranks.
    Segments segments{};
    const std::ptrdiff_t* cuts = nullptr;
    std::ptrdiff_t node_stride = 0;
    Collective* collective = nullptr; // null: a single rank
    bool is_lost = false;             // the ranks could not sum up the gradients: nothing is updated

    std::int64_t step = 0;
    Optimizer::Rates rates{};
    Observation* observation = nullptr; // null: the step is not observed
    StepBatch batch{};
    float loss = 0; // mean over the minibatch, before the update

    // In steps by example: whether the layers' transposed copies match the current weights.
    bool transposed_weights_are_current = false;

    // By tensor, the lines whose update waits until all gradients are there; empty: updates happen at once. The
    // thread's own.
    std::span<Range> left = {};

    // The thread's own memory, for one stage after another. Only dz is kept from one stage to the next.
    float* dz = nullptr;       // (own rows, stride)
    float* lines = nullptr;    // two rows
    float* examples = nullptr; // an input, by example
    float* blocks = nullptr;   // for large products
    float* messages = nullptr; // for what ranks exchange

    const float* parameter(std::ptrdiff_t offset) const noexcept { return model.at(offset); }

    // Where the segments of one of the rank's nodes begin.
    const std::ptrdiff_t* cuts_of(const SegmentNode& node) const noexcept
    {
        return cuts + (node.first - segments.own().first);
    }

    float* gradients_of(std::ptrdiff_t node) const noexcept { return gradients + node * node_stride; }

    // f(node, its arena of gradients) for each of the rank's nodes.
    template <class F>
    void for_nodes(F f) const
    {
        std::ptrdiff_t number = 0;
        segments.for_nodes(segments.rank, [&](const SegmentNode& node) { f(node, gradients_of(number++)); });
    }

    void multiply(const kernels::Product& product) const;

    // Whether the product that makes a gradient is to update the weights directly; no gradient is then stored.
    bool fuses_updates() const noexcept { return left.empty() && optimizer.is_linear(); }

    // Updates some lines of a tensor, or numbers of a vector, by the gradients in the arena: once a step each, either
    // now or when all gradients are there.
    void update(const Tensor& tensor, Range own);
    void update_now(const Tensor& tensor, Range own);

    // Makes the updates in `left`, by the gradients times `factor`.
    void update_left(float factor);
};

} // namespace nib
