// A training step as one list for each thread, made once: the stages that it runs, and where it arrives and waits.
//
// Three rules define the list (its order is the network's):
//   wait     before a stage that reads rows which others wrote, unless the thread has waited since
//   arrive   right after a stage that writes rows which others will read
//   places   two gradients share a place only if all readers of the first meet every thread before the second is
//            written; a buffer that others may still read when the next step writes it has two copies
#pragma once

#include "base/buffer.hpp"
#include "net/planner.hpp"
#include "train/step_entry.hpp"

#include <memory>
#include <span>
#include <vector>

namespace nib {

// One thread's list, with the sizes of its private memory.
struct ThreadPlan {
    std::vector<StepEntry> forward, backward;             // forward ends with the loss
    std::ptrdiff_t dz, lines, examples, blocks, messages; // floats
    std::vector<std::shared_ptr<const void>> arguments;   // the stages' arguments
};

// How a run's minibatches are cut.
Segments segments_of(const nib_train_options& options, int rank = 0, int ranks = 1);

// The data of the step that all threads share: its arrays.
class StepPlan {
public:
    // fuses: layers take along those behind them. The bits are the same without.
    StepPlan(const Model& model, Order order, int threads, const Segments& segments, double clip_norm, bool fuses,
             Memory* memory);

    ThreadPlan plan_of(int thread) const;

    Order order() const noexcept { return order_of_activations_; }
    const Segments& segments() const noexcept { return segments_; }
    std::ptrdiff_t batch() const noexcept { return segments_.own_batch(); } // the rank's examples
    std::ptrdiff_t stride() const noexcept { return counted_.stride(); }

    // The activation layers, first to last, and the numbers of a value in a step.
    std::span<const Planner::Observed> observed() const noexcept { return observed_; }
    std::ptrdiff_t observed_rows() const noexcept { return observed_rows_; }
    const float* value(int value, std::int64_t step) const;

    std::size_t floats() const noexcept { return memory_.size(); }

private:
    const Model& model_;
    Order order_of_activations_;
    int threads_;
    Segments segments_;
    double clip_norm_;
    bool fuses_;
    Planner counted_;
    std::vector<StepEntry::What> order_; // of the stages of both ways, in turn
    std::vector<StepBuffer> places_;     // by id
    std::vector<Planner::Observed> observed_;
    std::ptrdiff_t observed_rows_ = 0;
    Buffer<float> memory_;
};

} // namespace nib
