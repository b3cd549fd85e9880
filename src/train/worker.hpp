// One thread's part of a training step.
#pragma once

#include "base/team.hpp"
#include "io/text.hpp"
#include "layers/batchnorm.hpp"
#include "layers/mlp.hpp"
#include "train/observation.hpp"
#include "train/optimizer.hpp"
#include "train/shares.hpp"
#include "train/step_workspace.hpp"

#include <vector>

namespace nib {

// What the threads of a training run share.
struct Training {
    Training(Model& model, const Text& text, const nib_train_options& options, Memory* memory);

    Model& model;
    Mlp mlp;
    const Text& text;
    nib_train_options options;
    const kernels::Table& kernels;
    StepWorkspace workspace;
    Buffer<float> gradients; // as the parameters; a matrix whose update is fused with its product leaves no gradient
    Optimizer optimizer;
};

// Each thread owns the same neurons of every layer for the whole run: their weights, statistics, gradients and updates
// are its alone and stay in its cache. What crosses between threads is activations, forward, and parts of the input's
// gradient, backward. Small work (drawing the minibatch, softmax) is done by every thread for itself, which costs less
// than handing it over.
//
// Every thread calls step() with the same numbers in the same order.
class alignas(alignment) Worker {
public:
    Worker(Training& training, Team& team, int thread);

    // One whole step: draws the minibatch, updates the parameters, returns the mean loss before the update. A loss that
    // is not finite ends the step before the model is changed. observation: null, or what to keep of this step, one for
    // all threads.
    float step(std::int64_t index, Observation* observation = nullptr);

    const Generator& generator() const noexcept { return generator_; }
    void set_generator(const Generator& generator) noexcept { generator_ = generator; }

private:
    void draw();
    void embed();
    void forward(std::size_t layer);
    float loss();
    void backward(std::size_t layer);
    void observe_slopes(std::size_t layer);
    void update_weights(std::size_t layer);
    const BatchnormOptions& norm_options(const MlpLayer& layer) const;
    kernels::Product forward_product(std::size_t layer) const;
    kernels::Product input_product(std::size_t layer, std::ptrdiff_t group) const;
    kernels::Product weight_product(std::size_t layer) const;
    std::ptrdiff_t blocks_size() const;
    void multiply(const kernels::Product& product);
    void update_running(const MlpLayer& layer, const LayerBuffers& buffers, const Range& own);
    void backward_embedding();
    void update(std::ptrdiff_t offset, std::ptrdiff_t n, bool decays);
    const float* parameter(std::ptrdiff_t offset) const noexcept { return t_.model.at(offset); }

    Training& t_;
    Team::Member member_;
    Generator generator_;
    std::vector<Share> shares_; // by layer
    std::vector<Parts> parts_;
    Range features_; // of the embedding
    Buffer<std::uint32_t> numbers_;
    Buffer<std::int32_t> contexts_; // (batch, context_length)
    Buffer<std::int32_t> targets_;
    Buffer<float> scratch_;
    // A layer's input, (batch, weight_stride). Each thread transposes all of it for itself, while it would wait for the
    // others: one copy for all, written by all, sent its cache lines to and fro.
    Buffer<float> examples_;
    Buffer<float> dz_; // (own neurons, stride): of the layer at hand, since nobody else reads it and nothing later does
    Buffer<float> blocks_; // large products'
    std::int64_t step_ = 0;
    Observation* observation_ = nullptr;
    Optimizer::Rates rates_{};
};

} // namespace nib
