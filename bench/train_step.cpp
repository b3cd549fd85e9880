// train_step/<preset>/<batch>/<threads>: a step of training as the trainer does it, minibatch drawn and parameters
// updated. The FLOPs counted are the useful ones: two for each multiply-add of the Linear layers' three products
// (forward, gradient of the input, gradient of the weights), nothing for the rest and nothing for padding.
//
// train_step_statistics/...: what diagnostics cost a run whose every 100th step is observed and every 1000th also has
// histograms, as nib train does in a long run; cost_share is that over the time of the steps.
#include "benchmarks.hpp"
#include "io/text.hpp"
#include "measure.hpp"
#include "nn/presets.hpp"
#include "train/trainer.hpp"

namespace nib::bench {

namespace {

// Words of random letters; the first has them all, so that the vocabulary is the lecture's, 26 letters and the end.
const Text& words()
{
    static const Text text = [] {
        std::string bytes = "abcdefghijklmnopqrstuvwxyz\n";
        std::uint32_t state = 1;
        const auto draw = [&](std::uint32_t n) { return (state = state * 1664525u + 1013904223u) / 65536 % n; };
        for (int word = 0; word < 5000; ++word) {
            for (std::uint32_t left = 3 + draw(7); left > 0; --left) bytes += static_cast<char>('a' + draw(26));
            bytes += '\n';
        }
        return Text(bytes, "generated words", {}, std::pmr::new_delete_resource());
    }();
    return text;
}

double useful_flops(const Layout& layout, int batch)
{
    std::ptrdiff_t weights = 0;
    for (const Layer& layer : layout.layers) weights += layer.inputs * layer.outputs;
    return 3.0 * 2.0 * static_cast<double>(weights) * batch;
}

void measure(benchmark::State& state, const Preset& preset, int batch, int threads)
{
    Model model(preset.model, words().vocabulary(), std::pmr::new_delete_resource());
    initialise(model);
    nib_train_options options = preset.train;
    options.batch_size = batch;
    options.steps = std::int64_t{1} << 40;
    Trainer trainer(model, words(), options, threads, std::pmr::new_delete_resource());
    const double seconds = measure_flops(state, useful_flops(model.layout, batch), threads, [&](std::int64_t count) {
        return seconds_of([&] { trainer.run(count, nullptr); });
    });
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
void measure_statistics(benchmark::State& state, const Preset& preset, int batch, int threads)
{
    Model model(preset.model, words().vocabulary(), std::pmr::new_delete_resource());
    initialise(model);
    nib_train_options options = preset.train;
    options.batch_size = batch;
    options.steps = std::int64_t{1} << 40;
    Trainer trainer(model, words(), options, threads, std::pmr::new_delete_resource());
    const auto steps = [&](std::int64_t count) { return seconds_of([&] { trainer.run(count, nullptr); }); };
    const double step = fastest(steps, usual_budget);
    const double observed = fastest(repeat([&] { trainer.run(1, nullptr, true); }), usual_budget);
    trainer.run(1, nullptr, true);
    const double histograms = fastest(repeat([&] { take_histograms(trainer); }), usual_budget);
    state.SetIterationTime(observed);
    state.counters["us_per_step"] = step * 1e6;
    state.counters["histograms_us"] = histograms * 1e6;
    state.counters["cost_share"] = (observed - step + histograms / 10) / (100 * step);
}

void add_statistics(const char* preset_name, int batch, int threads)
{
    const Preset* preset = find_preset(preset_name);
    add("train_step_statistics/" + std::string(preset_name) + "/" + std::to_string(batch) + "/" +
            std::to_string(threads),
        [=](benchmark::State& state) { measure_statistics(state, *preset, batch, threads); });
}

void add_step(const char* preset_name, int batch, int threads)
{
    const Preset* preset = find_preset(preset_name);
    add("train_step/" + std::string(preset_name) + "/" + std::to_string(batch) + "/" + std::to_string(threads),
        [=](benchmark::State& state) { measure(state, *preset, batch, threads); });
}

// lecture-deep with wider layers: train_step/lecture-deep-<hidden size>/128/<threads>.
void add_wide_step(int hidden, int threads)
{
    constexpr int batch = 128;
    Preset preset = *find_preset("lecture-deep");
    preset.model.hidden_size = hidden;
    if (hidden > 1024) preset.model.hidden_layers = 2; // half a gigabyte would do nothing new
    add("train_step/lecture-deep-" + std::to_string(hidden) + "/" + std::to_string(batch) + "/" +
            std::to_string(threads),
        [=](benchmark::State& state) { measure(state, preset, batch, threads); });
}

} // namespace

void add_train_step(bool all)
{
    for (const int threads : thread_counts()) {
        add_step("lecture-deep", 32, threads);
        add_step("lecture-batchnorm", 32, threads);
        add_step("default", static_cast<int>(find_preset("default")->train.batch_size), threads);
        add_statistics("lecture-deep", 32, threads);
        add_statistics("lecture-batchnorm", 32, threads);
        add_statistics("default", static_cast<int>(find_preset("default")->train.batch_size), threads);
        if (!all) continue;
        add_step("lecture-kaiming", 1, threads); // without batch normalisation, which needs two examples
        add_step("lecture-kaiming", 32, threads);
        for (const int batch : {7, 100, 1024, 8192}) add_step("lecture-deep", batch, threads);
        for (const int hidden : {1024, 4096}) add_wide_step(hidden, threads);
    }
}

} // namespace nib::bench
