// How a layer assembles its part of a training step: buffers, and stages that declare what they read and write.
// train/step_plan.hpp joins all stages into one list, in which threads meet if one reads what others wrote.
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

// The order of a step's activations: (features, examples), or, for few examples, (examples, features). A step by
// example runs on one thread, which takes less time than two that meet: 1.0 against 3.5 us for lecture-kaiming at
// batch 1. Every layer leaves zeros behind an example's last feature there, up to a whole number of 16-float blocks.
enum class Order { by_feature, by_example };

// The order for a model's steps: by example for up to few_examples if every part of the model has a plan for that and
// the weights stay in the caches.
Order order_of_step(const Model& model, std::ptrdiff_t batch);

// How many of the given threads a model's steps use.
int threads_of_step(const Model& model, std::ptrdiff_t batch, int threads);

// An array shared by all threads, (rows, stride) of 16-float blocks. If others may still read it when the next step
// writes it, it has two copies, used by alternate steps.
struct StepBuffer {
    int id = -1;
    float* copies[2] = {nullptr, nullptr};

    float* at(std::int64_t step) const noexcept { return copies[step & 1]; }
};

// The gradient of a value as the sum of some arrays, added in order; or the arrays that one of its readers writes.
struct GradientParts {
    StepBuffer buffer;
    std::ptrdiff_t first = 0;  // floats from the buffer's beginning
    std::ptrdiff_t count = 0;  // 0 for a gradient that nobody needs
    std::ptrdiff_t stride = 0; // floats between two of the arrays

    float* at(std::int64_t step) const noexcept { return buffer.at(step) + first; }

    // Numbers [from, from + floats): where they lie, or the sum of several arrays, which is in dz then.
    const float* sum(const StepState& s, std::ptrdiff_t from, std::ptrdiff_t floats) const
    {
        const float* const numbers = at(s.step) + from;
        if (count == 1) return numbers;
        s.kernels.sum_parts(floats, numbers, count, stride, s.dz);
        return s.dz;
    }
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

// How the examples of a feature lie, as kernels::NormForward has them: in one run, or in one for each pixel of a
// channel.
struct ExampleRows {
    std::ptrdiff_t examples, stride; // of a run; from one feature to the next
    std::ptrdiff_t pixels;           // runs, each as long as the step's stride

    std::ptrdiff_t span(std::ptrdiff_t pixel_stride) const noexcept { return (pixels - 1) * pixel_stride + examples; }
};

// Floats of a row of a step's activations by feature. Planes have no gap behind the examples that padding does not
// need: the pixels of a channel are then one run if the batch is a multiple of 16.
std::ptrdiff_t step_stride(const Network& network, std::ptrdiff_t batch);

// Collects the stages of one thread. A layer's plan function runs more than once and must make the same requests each
// time, in the same order. The first run counts how many parts a gradient has and how large a buffer is; the second
// knows these sizes but no addresses; the third knows the addresses and runs for each thread.
class Planner {
public:
    // counted: a planner that has gone through the network before, or null. places: the buffers by id, or empty.
    Planner(const Model& model, Order order, int threads, int thread, const Segments& segments, bool fuses,
            const Planner* counted, std::span<const StepBuffer> places);

    // Runs the plans of all layers. The loss's plan comes after them.
    void plan_network();

    const Model& model() const noexcept { return model_; }
    const Node& node(std::size_t index) const { return model_.network.nodes()[index]; }
    Order order() const noexcept { return order_; }
    int threads() const noexcept { return threads_; }
    int thread() const noexcept { return thread_; }
    const Segments& segments() const noexcept { return segments_; }
    std::ptrdiff_t batch() const noexcept { return segments_.own_batch(); } // the rank's examples
    std::ptrdiff_t stride() const noexcept { return stride_; }

    // The thread's share of this many rows, for work in which each row is computed by itself; and its share of a value:
    // of the features, whose rows stay together, and of the rows.
    Range own_rows(std::ptrdiff_t rows) const { return share_of(rows, threads_, thread_).neurons; }
    Range own_features(int value) const { return own_rows(shape_of(value).features()); }
    Range own_rows_of(int value) const
    {
        const Range own = own_features(value);
        const std::ptrdiff_t positions = shape_of(value).positions();
        return {own.first * positions, own.last * positions};
    }

    // How far a thread that owns its share of a shape reaches into a value with as many rows. Behind a flatten the
    // value's own share is another one.
    Reach reach(int value, const LayerShape& shared) const;

    ExampleRows example_rows(const LayerShape& shape) const;

    // The array of a value, (rows, stride); by example (batch, row_stride(rows)).
    StepBuffer value(int value);
    std::ptrdiff_t floats_of(int value) const;
    int readers(int value) const; // how many nodes read it, the loss included
    bool is_same_value(int a, int b) const { return producer(a) == producer(b); }

    // False for a value whose gradient nobody needs: there are neither parameters nor an observed activation at or
    // below it.
    bool has_gradient(int value) const { return is_learned_[static_cast<std::size_t>(producer(value))]; }

    // The gradient of a value, which all its readers write; and the place where one of them writes its part or parts.
    GradientParts gradient(int value);
    GradientParts leave_gradient(int value, std::ptrdiff_t parts);

    // How a layer of this many neurons writes the gradient of its input in groups. Only the first parts may hold groups
    // that one thread adds up at once: the sum has one order, whatever the threads.
    Parts parts_of(int input, std::ptrdiff_t neurons) const
    {
        const bool is_first = gradients_[static_cast<std::size_t>(producer(input))].parts == 0;
        return Parts(neurons, is_first ? threads_ : static_cast<int>(neuron_groups(neurons)));
    }

    // Declares that the gradient of value `to` is one part that was written for another value.
    void share_gradient(int to, const GradientParts& left);

    // An array of the layer's own. It keeps a thread's own rows from the way forward to the way back, or holds what
    // other threads read, which the stages declare.
    StepBuffer array(std::ptrdiff_t floats);

    // Requests private memory of the thread in StepState that a stage uses: at least this many floats.
    void need_dz(std::ptrdiff_t floats) { dz_ = std::max(dz_, floats); }
    void need_examples(std::ptrdiff_t floats) { examples_ = std::max(examples_, floats); }
    void need_blocks(const kernels::Product& product);
    void need_blocks(std::ptrdiff_t floats) { blocks_ = std::max(blocks_, floats); }
    void need_messages(std::ptrdiff_t floats) { messages_ = std::max(messages_, floats); }

    // Registers an activation layer; an observed step writes its output's gradient and slopes at the returned row of
    // Observation's arrays.
    std::ptrdiff_t observe(std::size_t node);

    // Adds stages, in the order of the way forward and, within a layer, of the way back.
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

    // Adds stages that run after all of the way back.
    template <auto run, class Arguments>
    void last(const Arguments& arguments, std::vector<Access> reads, std::vector<Access> writes)
    {
        last_.push_back(stage<run>(arguments, std::move(reads), std::move(writes)));
    }

    // Adds stages that run after those: what changes in the model beside the parameters, once the step cannot fail.
    template <auto run, class Arguments>
    void finish(const Arguments& arguments)
    {
        finish_.push_back(stage<run>(arguments, {}, {}));
    }

    struct Observed {
        std::size_t node;
        std::ptrdiff_t row;
    };

    // The result.
    std::span<const Stage> forward_stages() const noexcept { return forward_; }
    std::vector<Stage> backward_stages() const;                                      // in order, with the last ones
    std::span<const std::ptrdiff_t> buffer_sizes() const noexcept { return sizes_; } // by id; 0: no such buffer
    bool is_gradient(int buffer) const noexcept { return buffer < first_other() && buffer % 2 == 1; }
    int producer(int value) const noexcept; // the value whose numbers it shares
    std::ptrdiff_t dz_size() const noexcept { return dz_; }
    std::ptrdiff_t examples_size() const noexcept { return examples_; }
    std::ptrdiff_t blocks_size() const noexcept { return blocks_; }
    std::ptrdiff_t messages_size() const noexcept { return messages_; }
    std::span<const Observed> observed() const noexcept { return observed_; }
    std::ptrdiff_t observed_rows() const noexcept { return observed_rows_; }
    std::vector<std::shared_ptr<const void>> take_arguments() { return std::move(arguments_); }

private:
    struct ValueGradient {
        std::ptrdiff_t parts = 0; // written so far
        GradientParts shared;     // another value's, if its count is not 0
    };

    const LayerShape& shape_of(int value) const { return model_.network.shape_of(producer(value)); }

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
    Segments segments_;
    std::ptrdiff_t stride_;
    bool fuses_;
    const Planner* counted_;
    std::span<const StepBuffer> places_;
    std::vector<bool> is_learned_;         // by value: see has_gradient
    std::vector<ValueGradient> gradients_; // by value
    std::vector<std::ptrdiff_t> sizes_;    // of the buffers: value v's is 2 v, its gradient's 2 v + 1, then the others
    std::vector<Stage> forward_;
    std::vector<std::vector<Stage>> backward_; // by layer
    std::vector<Stage> last_, finish_;
    std::vector<std::shared_ptr<const void>> arguments_;
    std::vector<Observed> observed_;
    std::ptrdiff_t observed_rows_ = 0, dz_ = 0, examples_ = 0, blocks_ = 0, messages_ = 0;
};

} // namespace nib
