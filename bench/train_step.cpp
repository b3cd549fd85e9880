// train_step/<preset>/<batch>/<threads>: a step of training as the trainer does it, minibatch drawn and parameters
// updated.
//
// train_step_oversubscribed/...: the same with four threads a core; times_one_thread is its time over one thread's.
//
// train_step_statistics/...: what diagnostics cost a run whose every 100th step is observed and every 1000th also has
// histograms, as nib train does in a long run; cost_share is that over the time of the steps.
#include "base/cores.hpp"
#include "benchmarks.hpp"
#include "measure.hpp"
#include "recipe.hpp"
#include "step_demand.hpp"
#include "train/trainer.hpp"

namespace nib::bench {

namespace {

Memory* const heap = std::pmr::new_delete_resource();

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

// The time of one observed step, begun and ended by itself, is measured rather than that of a hundred of which the last
// is observed: the difference would drown in the noise of the other 99.
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

// lecture-deep with wider layers: train_step/lecture-deep-<hidden size>/128/<threads>.
void add_wide_step(int hidden, int threads)
{
    Recipe recipe = preset_recipe("lecture-deep");
    const char* const layers = hidden > 1024 ? "2" : "5"; // half a gigabyte would do nothing new
    recipe.network = "embedding 10, flatten, " + std::string(layers) + " x (linear " + std::to_string(hidden) +
                     " gain=1, batchnorm variance=unbiased, tanh), linear, batchnorm variance=unbiased gain=0.1";
    add_step("train_step/lecture-deep-" + std::to_string(hidden), recipe, 128, threads);
}

// Numbers from numbers, by SGD: the layers' sizes in the name.
void add_numbers_step(int batch, int threads)
{
    nib_train_options train = preset_recipe("lecture-kaiming").train;
    train.learning_rate = 0.01;
    const Recipe recipe{"linear 32, tanh, linear 32, tanh, linear", "floats", train, numbers};
    add_step("train_step/16-32-32-4", recipe, batch, threads);
}

// Many layers with little work each, so that a layer's own costs are most of the step's.
void add_narrow_step(int threads)
{
    Recipe recipe = preset_recipe("lecture-deep");
    recipe.network = "embedding 2, flatten, 64 x (linear 8, tanh), linear";
    recipe.train.learning_rate = 0.001;
    add_step("train_step/deep-narrow", recipe, 32, threads);
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
        add_preset("lecture-kaiming", 1, threads); // without batch normalisation, which needs two examples
        add_preset("lecture-kaiming", 32, threads);
        for (const int batch : {1, 32}) add_numbers_step(batch, threads);
        for (const int batch : {7, 100, 1024, 8192}) add_preset("lecture-deep", batch, threads);
        for (const int hidden : {1024, 4096}) add_wide_step(hidden, threads);
    }
    for (const int threads : {1, 2})
        if (threads <= thread_counts().back()) add_narrow_step(threads);
    const Recipe deep = preset_recipe("lecture-deep");
    add_step("train_step_oversubscribed/lecture-deep", deep, deep.train.batch_size, 4 * usable_cores(),
             measure_oversubscribed);
}

} // namespace nib::bench
