// How a layer puts its part of a training step together: buffers, and stages that say what they read and write.
// train/step_plan.hpp makes one list of all stages, in which threads meet where one reads what others wrote.
#pragma once

#include "net/shares.hpp"
#include "net/step.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace nib {

// How the activations of a step lie: (features, examples), or, of few examples, (examples, features). Such a step runs
// on one thread, which takes less time than two that meet: lecture-kaiming at batch 1 1.0 against 3.5 us. There every
// layer leaves zeros behind an example's last feature, up to a whole number of 16-float blocks.
enum class Order { by_feature, by_example };

// The order for a model's steps: by example for up to few_examples, if every part of the model has a plan for that and
// the weights stay in the caches.
Order order_of_step(const Model& model, std::ptrdiff_t batch);

// The threads of a model's steps, of so many that there are.
int threads_of_step(const Model& model, std::ptrdiff_t batch, int threads);

// An array of all threads, (rows, stride) of 16-float blocks. One that others may still read when the next step writes
// it has two copies, for steps in turn.
struct StepBuffer {
    int id = -1;
    float* copies[2] = {nullptr, nullptr};

    float* at(std::int64_t step) const noexcept { return copies[step & 1]; }
};

// The gradient of a value: the sum of some arrays, added in order, or where one of its readers leaves some of them.
struct GradientParts {
    StepBuffer buffer;
    std::ptrdiff_t first = 0;  // floats from the buffer's beginning
    std::ptrdiff_t count = 0;  // of a gradient that nobody needs: 0
    std::ptrdiff_t stride = 0; // floats between two of them

    float* at(std::int64_t step) const noexcept { return buffer.at(step) + first; }
};

// own: the rows that the share of the buffer's height gives a thread, which it may read again without a meeting. all:
// rows of others too.
enum class Reach { own, all };

struct Access {
    int buffer;
    Reach reach;
};

struct Stage {
    void (*run)(StepState&, const void* arguments);
    const void* arguments;
    std::vector<Access> reads, writes;
};

// Collects the stages of one thread. A layer's plan function runs more than once and must ask for the same each time,
// in the same order: first to count how many parts a gradient has and how large a buffer is, then with that known but
// no addresses, then with addresses, for each thread.
class Planner {
public:
    // counted: a planner that has gone through the network before, or null. places: by id, or empty.
    Planner(const Model& model, Order order, int threads, int thread, std::ptrdiff_t batch, bool fuses,
            const Planner* counted, std::span<const StepBuffer> places);

    // The plans of all layers. That of the loss comes behind them.
    void plan_network();

    const Model& model() const noexcept { return model_; }
    const Node& node(std::size_t index) const { return model_.network.nodes()[index]; }
    Order order() const noexcept { return order_; }
    int threads() const noexcept { return threads_; }
    int thread() const noexcept { return thread_; }
    std::ptrdiff_t batch() const noexcept { return batch_; }
    std::ptrdiff_t stride() const noexcept { return stride_; }

    // The rows of this many that the thread computes where each row is computed by itself.
    Range own_rows(std::ptrdiff_t rows) const { return share_of(rows, threads_, thread_).neurons; }

    // A value's numbers, (rows, stride); by example (batch, row_stride(rows)).
    StepBuffer value(int value);
    std::ptrdiff_t floats_of(int value) const;
    int readers(int value) const; // how many nodes read it, the loss included
    bool is_same_value(int a, int b) const { return producer(a) == producer(b); }

    // False for what has neither parameters nor an activation at or below it, whose gradient is shown.
    bool has_gradient(int value) const { return is_learned_[static_cast<std::size_t>(producer(value))]; }

    // The gradient of a value, which all its readers leave; and where one of them leaves its part or parts.
    GradientParts gradient(int value);
    GradientParts leave_gradient(int value, std::ptrdiff_t parts);

    // How a layer of so many neurons leaves the gradient of its input in groups. Groups that one thread adds up at once
    // can only be the first of all parts: the sum has one order, whatever the threads.
    Parts parts_of(int input, std::ptrdiff_t neurons) const
    {
        const bool is_first = gradients_[static_cast<std::size_t>(producer(input))].parts == 0;
        return Parts(neurons, is_first ? threads_ : static_cast<int>(neuron_groups(neurons)));
    }

    // The gradient of value `to` is one part that was left for another value.
    void share_gradient(int to, const GradientParts& left);

    // An array of a layer's own: what a thread keeps for its own rows from the way forward to the way back, or what
    // others read, which stages say.
    StepBuffer array(std::ptrdiff_t floats);

    // Memory of the thread's own in StepState that a stage uses: so many floats at least.
    void need_dz(std::ptrdiff_t floats) { dz_ = std::max(dz_, floats); }
    void need_examples(std::ptrdiff_t floats) { examples_ = std::max(examples_, floats); }
    void need_blocks(const kernels::Product& product);

    // An activation layer, whose output's gradient and slopes an observed step leaves at this row of Observation's.
    std::ptrdiff_t observe(std::size_t node);

    // Stages, in the order of the way forward and, within a layer, of the way back.
    template <auto run, class Arguments>
    void forward(const Arguments& arguments, std::vector<Access> reads, std::vector<Access> writes)
    {
        forward_.push_back(stage<run>(arguments, std::move(reads), std::move(writes)));
    }
    template <auto run, class Arguments>
    void backward(const Arguments& arguments, std::vector<Access> reads, std::vector<Access> writes)
    {
        backward_.back().push_back(stage<run>(arguments, std::move(reads), std::move(writes)));
    }

    // Stages behind all of the way back.
    template <auto run, class Arguments>
    void last(const Arguments& arguments, std::vector<Access> reads, std::vector<Access> writes)
    {
        last_.push_back(stage<run>(arguments, std::move(reads), std::move(writes)));
    }

    struct Observed {
        std::size_t node;
        std::ptrdiff_t row;
    };

    // The result.
    std::span<const Stage> forward_stages() const noexcept { return forward_; }
    std::vector<Stage> backward_stages() const;                                      // in order, the last ones too
    std::span<const std::ptrdiff_t> buffer_sizes() const noexcept { return sizes_; } // by id, 0: there is none
    bool is_gradient(int buffer) const noexcept { return buffer < first_other() && buffer % 2 == 1; }
    int producer(int value) const noexcept; // the value that another one is a name for
    std::ptrdiff_t dz_size() const noexcept { return dz_; }
    std::ptrdiff_t examples_size() const noexcept { return examples_; }
    std::ptrdiff_t blocks_size() const noexcept { return blocks_; }
    std::span<const Observed> observed() const noexcept { return observed_; }
    std::ptrdiff_t observed_rows() const noexcept { return observed_rows_; }
    std::vector<std::shared_ptr<const void>> take_arguments() { return std::move(arguments_); }

private:
    struct ValueGradient {
        std::ptrdiff_t parts = 0; // left so far
        GradientParts shared;     // another value's, where its count is not 0
    };

    template <auto run, class Arguments>
    Stage stage(const Arguments& arguments, std::vector<Access> reads, std::vector<Access> writes)
    {
        const auto kept = std::make_shared<const Arguments>(arguments);
        arguments_.push_back(kept);
        const auto call = [](StepState& state, const void* given) {
            run(state, *static_cast<const Arguments*>(given));
        };
        return {call, kept.get(), std::move(reads), std::move(writes)};
    }

    int values() const noexcept { return static_cast<int>(model_.network.nodes().size()) + 1; }
    int first_other() const noexcept { return 2 * values(); }
    StepBuffer buffer(int id, std::ptrdiff_t floats);

    const Model& model_;
    Order order_;
    int threads_, thread_;
    std::ptrdiff_t batch_, stride_;
    bool fuses_;
    const Planner* counted_;
    std::span<const StepBuffer> places_;
    std::vector<bool> is_learned_;         // by value: see has_gradient
    std::vector<ValueGradient> gradients_; // by value
    std::vector<std::ptrdiff_t> sizes_;    // of the buffers: value v's is 2 v, its gradient's 2 v + 1, then the others
    std::vector<Stage> forward_;
    std::vector<std::vector<Stage>> backward_; // by layer
    std::vector<Stage> last_;
    std::vector<std::shared_ptr<const void>> arguments_;
    std::vector<Observed> observed_;
    std::ptrdiff_t observed_rows_ = 0, dz_ = 0, examples_ = 0, blocks_ = 0;
};

} // namespace nib
