// One thread's part of a training step.
#pragma once

#include "base/team.hpp"
#include "io/dataset.hpp"
#include "net/collective.hpp"
#include "net/model.hpp"
#include "net/step.hpp"
#include "optim/optimizer.hpp"
#include "train/draws.hpp"
#include "train/step_plan.hpp"

#include <memory>

namespace nib {

// The data that the threads of a training run share.
struct Training {
    // ranks: with which this process trains; null: it trains alone.
    Training(Model& model, const Dataset& data, const nib_train_options& options, Memory* memory,
             const nib_collective* ranks = nullptr);

    // Whether updates wait until all gradients of a step are there.
    bool updates_late() const noexcept { return options.clip_norm > 0 || segments.is_shared(); }

    Model& model;
    const Dataset& data;
    nib_train_options options;
    Memory* memory; // the trainer's, which need not be the model's
    Segments segments;
    Buffer<float> gradients; // StepState::gradients
    Optimizer optimizer;
    std::unique_ptr<Collective> collective; // null: there is one rank. Used by the calling thread alone
};

// Each thread owns the same rows of every layer for the whole run. Every thread does small work (drawing the minibatch,
// softmax) for itself, which costs less than passing it on.
//
// Every thread calls step() with the same numbers in the same order.
class alignas(alignment) Worker {
public:
    Worker(Training& training, const StepPlan& plan, Team& team, int thread);

    // One whole step: draws the minibatch, updates the parameters, returns the mean loss before the update. If the loss
    // is not finite, the step ends before the model is changed; so does one in which the ranks lose each other, whose
    // loss is NaN. observation: null, or the record of this step, shared by all threads.
    float step(std::int64_t index, Observation* observation = nullptr);

    // The thread's list, for measuring its stages.
    ThreadPlan& plan() noexcept { return plan_; }

    // Call this when parameters were changed by something other than this worker.
    void forget_transposed_weights() noexcept { state_.transposed_weights_are_current = false; }

    // With several threads, each has its own stream and all draw the same. A single thread draws from the model's
    // stream: copying its 2.5 KB back and forth would take a tenth of a small step.
    const Generator& generator() const noexcept { return generator_; }
    void set_generator(const Generator& generator) noexcept { generator_ = generator; }

private:
    void run(const std::vector<StepEntry>& entries);

    Training& t_;
    Team::Member member_;
    ThreadPlan plan_;
    bool is_alone_;
    Generator generator_;
    Draws draws_;
    Buffer<float> dz_, lines_, examples_, blocks_, messages_;
    std::vector<std::ptrdiff_t> cuts_;
    std::vector<Range> left_;
    StepState state_;
};

} // namespace nib
