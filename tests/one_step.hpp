// One training step taken apart: its minibatch, its gradients, and the model after it.
#pragma once

#include "examples.hpp"
#include "models.hpp"
#include "numbers.hpp"
#include "train/trainer.hpp"

namespace nib::test {

inline nib_train_options training_with(nib_optimizer optimizer, std::int32_t batch_size, double learning_rate)
{
    nib_train_options o = find_preset("lecture-deep")->train;
    o.batch_size = batch_size;
    o.optimizer = optimizer;
    o.learning_rate = learning_rate;
    return o;
}

// A short run whose minibatches are cut.
inline nib_train_options segmented(nib_optimizer optimizer, std::int32_t batch_size, std::int32_t segments,
                                   std::int64_t steps)
{
    nib_train_options o = training_with(optimizer, batch_size, 0.01);
    o.segments = segments;
    o.steps = steps;
    o.warmup_steps = 0;
    return o;
}

// The minibatch that the next step draws.
inline Examples next_minibatch(const Model& model, const Dataset& text, std::int32_t batch_size)
{
    Generator generator = model.generator;
    std::vector<std::uint32_t> numbers(static_cast<std::size_t>(batch_size));
    randint(generator, text.examples(NIB_SPLIT_TRAIN), numbers);
    Examples examples;
    examples.targets.resize(numbers.size());
    examples.contexts.resize(numbers.size() * static_cast<std::size_t>(model.context_length));
    text.text()->gather(NIB_SPLIT_TRAIN, numbers, static_cast<std::int32_t>(model.context_length),
                        examples.contexts.data(), examples.targets.data());
    return examples;
}

// The rows that the next step draws, for a model's first step.
inline Examples first_rows(const Model& model, const Dataset& data, const nib_train_options& options)
{
    const auto batch = static_cast<std::size_t>(options.batch_size);
    Draws draws(model, data, options, segments_of(options), padded(options.batch_size), heap());
    Generator generator = model.generator;
    const StepBatch drawn = draws.draw(0, generator);
    const DataTable& table = *data.table();
    const auto targets =
        static_cast<std::ptrdiff_t>(table.schema().classes.empty() ? table.schema().targets.size() : 0);
    Examples examples;
    for (std::size_t i = 0; i < batch; ++i) {
        const std::uint32_t number = drawn.numbers[i];
        const float* row = table.row(NIB_SPLIT_TRAIN, number);
        examples.rows.emplace_back(row, row + table.features());
        if (targets == 0) {
            examples.targets.push_back(table.class_of(NIB_SPLIT_TRAIN, number));
        } else {
            const float* wanted = table.targets(NIB_SPLIT_TRAIN, number);
            examples.numbers.emplace_back(wanted, wanted + targets);
        }
        if (drawn.weights != nullptr) examples.weights.push_back(double{drawn.weights[i]});
    }
    return examples;
}

struct Gradients {
    float loss;
    Buffer<float> arena; // laid out as the parameters
};

// The gradients of the next step. AdamW keeps each of them in memory; SGD adds those of the matrices in place.
inline Gradients next_gradients(Model& model, const Dataset& data, const nib_train_options& options)
{
    Training training(model, data, options, heap());
    const StepPlan plan(model, order_of_step(model, options.batch_size), 1, training.segments, options.clip_norm, true,
                        heap());
    Team team(1, heap());
    const float loss = Worker(training, plan, team, 0).step(0);
    return {loss, std::move(training.gradients)};
}
inline Gradients next_gradients(Model& model, const Dataset& data, std::int32_t batch_size)
{
    return next_gradients(model, data, training_with(NIB_ADAMW, batch_size, 1e-3));
}

// Words over `vocabulary` - 1 symbols from "a" on. The first word holds all of them. Where the shuffle by seed 42 puts
// it is not checked: symbols that occur only in the validation split have no gradient.
inline Dataset random_words(std::int32_t vocabulary, Numbers& numbers, int words = 60)
{
    std::string lines;
    for (std::int32_t id = 1; id < vocabulary; ++id) lines += static_cast<char>('a' + id - 1);
    for (int i = 0; i < words; ++i) {
        lines += '\n';
        for (int letters = numbers.between(1, 7); letters > 0; --letters) {
            lines += static_cast<char>('a' + numbers.between(0, vocabulary - 2));
        }
    }
    TextOptions options;
    options.encoding = NIB_ENCODING_BYTES;
    return Dataset(Text(lines, "random words", options, heap()));
}

} // namespace nib::test
