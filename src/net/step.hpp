// A training step of one thread while it runs: what its stages read and write beside their own arguments.
#pragma once

#include "kernels/table.hpp"
#include "net/model.hpp"
#include "net/observation.hpp"
#include "net/shares.hpp"
#include "optim/optimizer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace nib {

// The examples of a step, as each thread has gathered them for itself.
struct StepBatch {
    const std::int32_t* contexts = nullptr; // (batch, context_length), of symbols
    const DataTable* table = nullptr;       // of rows: which ones
    const std::uint32_t* numbers = nullptr; // (batch), in the training split
    const std::int32_t* classes = nullptr;  // (batch)
    const float* targets = nullptr;         // numbers to learn, (outputs, stride)
    const float* weights = nullptr;         // (stride); null: each is 1
    float weight = 0;                       // their sum
};

struct StepState {
    const kernels::Table& kernels;
    Model& model;
    Optimizer& optimizer;
    float* gradients; // laid out as the parameters; a matrix whose update is fused with its product leaves none here

    std::int64_t step = 0;
    Optimizer::Rates rates{};
    Observation* observation = nullptr; // null: the step is not observed
    StepBatch batch{};
    float loss = 0; // mean of the minibatch, before the update

    // Whether what layers keep transposed of their weights is that of these weights, in steps by example.
    bool transposed_weights_are_current = false;

    // By tensor, what updates leave for when all gradients are there; empty: they are done at once. The thread's own.
    std::span<Range> left = {};

    // The thread's own, for one stage after another. Only dz is kept from a stage to the next one.
    float* dz = nullptr;       // (own rows, stride)
    float* lines = nullptr;    // two rows
    float* examples = nullptr; // an input, by examples
    float* blocks = nullptr;   // of large products

    const float* parameter(std::ptrdiff_t offset) const noexcept { return model.at(offset); }

    void multiply(const kernels::Product& product) const;

    // Whether the product of a gradient is to move the weights as it goes, which then keep none.
    bool fuses_updates() const noexcept { return left.empty() && optimizer.is_linear(); }

    // Updates some lines of a tensor, or numbers of a vector, by the gradients there: once a step each, and now, or
    // when all gradients are there.
    void update(const Tensor& tensor, Range own);
    void update_now(const Tensor& tensor, Range own);
};

} // namespace nib
