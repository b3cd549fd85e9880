// train_step/<preset>/<batch>/<threads>: a step of training as the trainer does it, including drawing the minibatch and
// updating the parameters.
//
// train_step_online/...: one step in each call of nib_trainer_run; ns_a_call is the additional time compared with a
// step of a long run.
//
// train_step_oversubscribed/...: the same with four threads a core; times_one_thread is its time over one thread's.
//
// train_step_segments/<preset>/<batch>/<threads>/<segments>: a step whose minibatch is cut, for several ranks; more is
// its time over that of a minibatch in one piece.
//
// train_step_statistics/...: the cost of diagnostics in a run that observes every 100th step and also takes histograms
// of every 1000th, as nib train does in a long run; cost_share is that cost over the time of the steps.
#include "base/cores.hpp"
#include "base/heap.hpp"
#include "benchmarks.hpp"
#include "measure.hpp"
#include "net/model_options.hpp"
#include "recipe.hpp"
#include "step_demand.hpp"
#include "train/trainer.hpp"

#include <algorithm>

namespace nib::bench {

namespace {

Memory* const heap = process_heap();

struct Run {
    Run(const Recipe& recipe, int batch, int threads)
        : model(new_model(recipe)), trainer(model, recipe.data(), without_end(recipe.train, batch), threads, heap)
    {
    }

    Burst burst()
    {
        return [this](std::int64_t steps) { return seconds_of([&] { trainer.run(steps, nullptr); }); };
    }

    Model model;
    Trainer trainer;
};

void measure(benchmark::State& state, const Recipe& recipe, int batch, int threads)
{
    Run run(recipe, batch, threads);
    const Demand demand = demand_of_step(run.model, run.trainer.options(), threads);
    const double seconds = measure_row(state, demand, threads, run.burst());
    state.counters["us_per_step"] = seconds * 1e6;
}

void take_histograms(const Trainer& trainer)
{
    const Diagnostics& diagnostics = trainer.diagnostics();
    nib_histogram histogram{};
    for (const nib_quantity quantity : {NIB_ACTIVATIONS, NIB_ACTIVATION_GRADIENTS, NIB_PARAMETER_GRADIENTS}) {
        const bool of_tensors = quantity == NIB_PARAMETER_GRADIENTS;
        const std::size_t count = of_tensors ? diagnostics.tensors().size() : diagnostics.layers().size();
        for (std::size_t i = 0; i < count; ++i) {
            diagnostics.histogram(quantity, static_cast<std::int64_t>(i), histogram);
            benchmark::DoNotOptimize(histogram);
        }
    }
}

// Measures the time of single observed steps rather than of a hundred steps with one observed: the difference would
// drown in the noise of the other 99.
void measure_statistics(benchmark::State& state, const Recipe& recipe, int batch, int threads)
{
    Run run(recipe, batch, threads);
    Trainer& trainer = run.trainer;
    const double step = fastest(run.burst(), usual_budget);
    const double observed = fastest(repeat([&] { trainer.run(1, nullptr, true); }), usual_budget);
    trainer.run(1, nullptr, true);
    const double histograms = fastest(repeat([&] { take_histograms(trainer); }), usual_budget);
    state.SetIterationTime(observed);
    state.counters["us_per_step"] = step * 1e6;
    state.counters["histograms_us"] = histograms * 1e6;
    state.counters["cost_share"] = (observed - step + histograms / 10) / (100 * step);
}

// Four threads a core: waiting threads that kept their cores would take hundreds of times as long as one thread.
void measure_oversubscribed(benchmark::State& state, const Recipe& recipe, int batch, int threads)
{
    Run one(recipe, batch, 1);
    Run many(recipe, batch, threads);
    const double alone = fastest(one.burst(), usual_budget);
    const double step = fastest(many.burst(), usual_budget);
    state.SetIterationTime(step);
    state.counters["us_per_step"] = step * 1e6;
    state.counters["times_one_thread"] = step / alone;
}

// The two are measured in turns, since a machine's pace changes by more than the segments cost.
void measure_segments(benchmark::State& state, const Recipe& recipe, int batch, int threads, int segments)
{
    Recipe cut = recipe;
    cut.train.segments = segments;
    Run in_one(recipe, batch, threads), in_many(cut, batch, threads);
    constexpr int turns = 10;
    double whole = 1e30, step = 1e30;
    for (int i = 0; i < turns; ++i) {
        whole = std::min(whole, fastest(in_one.burst(), usual_budget / turns));
        step = std::min(step, fastest(in_many.burst(), usual_budget / turns));
    }
    state.SetIterationTime(step);
    state.counters["us_per_step"] = step * 1e6;
    state.counters["more"] = step / whole;
}

// A trainer of the C ABI, whose calls have their own cost.
struct OnlineRun {
    OnlineRun(const Recipe& recipe, int batch, int threads)
    {
        nib_context_options context_options{};
        context_options.struct_size = sizeof context_options;
        nib_context_options_default(&context_options);
        context_options.threads = threads;
        nib_context_create(&context_options, &context);
        const std::string text = random_words();
        nib_dataset_from_memory(context, text.data(), text.size(), "generated words", nullptr, &dataset);
        nib_model_options options = initial_model_options();
        options.network = recipe.network.c_str();
        options.input = recipe.input.c_str();
        nib_model_create(context, &options, dataset, &model);
        const nib_train_options train = without_end(recipe.train, batch);
        nib_trainer_create(context, model, dataset, &train, &trainer);
    }
    OnlineRun(const OnlineRun&) = delete;
    OnlineRun& operator=(const OnlineRun&) = delete;
    ~OnlineRun()
    {
        nib_trainer_destroy(trainer);
        nib_model_destroy(model);
        nib_dataset_destroy(dataset);
        nib_context_destroy(context);
    }

    nib_context* context = nullptr;
    nib_dataset* dataset = nullptr;
    nib_model* model = nullptr;
    nib_trainer* trainer = nullptr;
};

// The two are measured in turns, since a machine's pace changes by more than a call costs.
void measure_online(benchmark::State& state, const Recipe& recipe, int batch, int threads)
{
    OnlineRun run(recipe, batch, threads);
    if (run.trainer == nullptr) return state.SkipWithError("no trainer");
    const Burst at_once = [&](std::int64_t steps) {
        return seconds_of([&] { nib_trainer_run(run.trainer, steps, nullptr, nullptr); });
    };
    const Burst one_by_one = repeat([&] { nib_trainer_run(run.trainer, 1, nullptr, nullptr); });
    constexpr int turns = 10;
    double in_run = 1e30, alone = 1e30;
    for (int i = 0; i < turns; ++i) {
        in_run = std::min(in_run, fastest(at_once, usual_budget / turns));
        alone = std::min(alone, fastest(one_by_one, usual_budget / turns));
    }
    state.SetIterationTime(alone);
    state.counters["us_per_step"] = in_run * 1e6;
    state.counters["ns_a_call"] = (alone - in_run) * 1e9;
}

using Measure = void (*)(benchmark::State&, const Recipe&, int batch, int threads);

void add_step(const std::string& name, const Recipe& recipe, int batch, int threads, Measure body = measure)
{
    add(name + "/" + std::to_string(batch) + "/" + std::to_string(threads),
        [=](benchmark::State& state) { body(state, recipe, batch, threads); });
}

void add_preset(const std::string& name, int batch, int threads)
{
    add_step("train_step/" + name, preset_recipe(name), batch, threads);
}

// train_step/lecture-deep-<hidden size>/128/<threads>.
void add_wide_step(int hidden, int threads)
{
    add_step("train_step/lecture-deep-" + std::to_string(hidden), wide_recipe(hidden), 128, threads);
}

void add_segments(const std::string& name, const Recipe& recipe)
{
    for (const int batch : {256, 1024}) {
        add("train_step_segments/" + name + "/" + std::to_string(batch) + "/1/8",
            [=](benchmark::State& state) { measure_segments(state, recipe, batch, 1, 8); });
    }
}

// Learns numbers from numbers, by SGD; the name has the layers' sizes.
void add_numbers_step(int batch, int threads)
{
    nib_train_options train = preset_recipe("lecture-kaiming").train;
    train.learning_rate = 0.01;
    const Recipe recipe{"linear 32, tanh, linear 32, tanh, linear", "floats", train, numbers};
    add_step("train_step/mlp-16-32-32-4", recipe, batch, threads);
}

// Many layers with little work each, so that a layer's fixed costs are most of the step's.
void add_narrow_step(int threads)
{
    Recipe recipe = preset_recipe("lecture-deep");
    recipe.network = "embedding 2, flatten, 64 x (linear 8, tanh), linear";
    recipe.train.learning_rate = 0.001;
    add_step("train_step/deep-narrow", recipe, 32, threads);
}

// Uses a learning rate at which a batch of two examples, by whose deviation a norm divides, does not diverge.
Recipe careful_recipe(const std::string& name)
{
    Recipe recipe = preset_recipe(name);
    recipe.train.learning_rate = 1e-4;
    return recipe;
}

} // namespace

void add_train_step(bool all)
{
    for (const int threads : thread_counts()) {
        for (const char* name : {"lecture-deep", "lecture-batchnorm", "mlp"}) {
            const Recipe recipe = preset_recipe(name);
            add_preset(name, recipe.train.batch_size, threads);
            add_step(std::string("train_step_statistics/") + name, recipe, recipe.train.batch_size, threads,
                     measure_statistics);
        }
        if (!all) continue;
        for (const int batch : {1, 4, 8, 32}) add_preset("lecture-kaiming", batch, threads);
        add_step("train_step/lecture-deep", careful_recipe("lecture-deep"), 2, threads);
        for (const int batch : {1, 8, 32}) add_numbers_step(batch, threads);
        for (const int batch : {7, 8, 12, 100, 1024, 8192}) add_preset("lecture-deep", batch, threads);
        for (const int hidden : {1024, 4096}) add_wide_step(hidden, threads);
    }
    for (const int threads : {1, 2})
        if (threads <= thread_counts().back()) add_narrow_step(threads);
    if (all) {
        for (const char* name : {"lecture-deep", "mlp"}) add_segments(name, preset_recipe(name));
        add_segments("lecture-deep-1024", wide_recipe(1024));
    }
    add_step("train_step_online/lecture-kaiming", preset_recipe("lecture-kaiming"), 1, 1, measure_online);
    const Recipe deep = preset_recipe("lecture-deep");
    add_step("train_step_oversubscribed/lecture-deep", deep, deep.train.batch_size, 4 * usable_cores(),
             measure_oversubscribed);
}

} // namespace nib::bench
