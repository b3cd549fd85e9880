#include "nn/evaluate.hpp"

#include "base/error.hpp"
#include "base/parallel.hpp"
#include "nn/inference.hpp"
#include "nn/spread.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace nib {

namespace {

constexpr std::ptrdiff_t chunk = Inference::chunk;

// What a thread needs for one chunk of examples.
struct Scratch {
    Scratch(const Inference& inference, const Model& model)
        : contexts(static_cast<std::size_t>(chunk * model.layout.context_length), model.memory),
          targets(chunk, model.memory),
          workspace(inference.workspace_size(), model.memory),
          at_target(chunk, model.memory)
    {
    }

    Buffer<std::int32_t> contexts, targets;
    Buffer<float> workspace, at_target;
};

// Calls each(chunk index, examples in it, scratch) for chunks [first, last) of a split, on several threads.
template <class Each>
void for_chunks(const Model& model, const Text& text, nib_split split, const Inference& inference, std::ptrdiff_t first,
                std::ptrdiff_t last, int threads, Each each)
{
    std::vector<Scratch> scratches;
    threads = static_cast<int>(std::min<std::ptrdiff_t>(threads, last - first));
    scratches.reserve(static_cast<std::size_t>(threads));
    for (int i = 0; i < threads; ++i) scratches.emplace_back(inference, model);
    parallel(threads, [&](int thread, int granted) {
        Scratch& scratch = scratches[static_cast<std::size_t>(thread)];
        for (std::ptrdiff_t c = first + thread; c < last; c += granted) {
            const std::ptrdiff_t begin = c * chunk;
            const std::ptrdiff_t n = std::min<std::ptrdiff_t>(chunk, text.examples(split) - begin);
            text.gather(split, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(n),
                        static_cast<std::int32_t>(model.layout.context_length), scratch.contexts.data(),
                        scratch.targets.data());
            each(c, n, scratch);
        }
    });
}

std::ptrdiff_t chunk_count(const Text& text, nib_split split)
{
    return (static_cast<std::ptrdiff_t>(text.examples(split)) + chunk - 1) / chunk;
}

// Chunks are measured on several threads, some at a time, and joined in their order.
std::vector<Spread> measure(const Model& model, std::size_t index, const Text& text, nib_split split, int threads)
{
    const Inference inference(model);
    const Layer& layer = model.layout.layers[index];
    const std::ptrdiff_t chunks = chunk_count(text, split), wave = std::min<std::ptrdiff_t>(chunks, 256);
    const auto outputs = static_cast<std::size_t>(layer.outputs);
    Buffer<float> means(static_cast<std::size_t>(wave) * outputs, model.memory), scatters(means.size(), model.memory);
    Buffer<std::ptrdiff_t> counts(static_cast<std::size_t>(wave), model.memory);
    std::vector<Spread> spreads(outputs);
    for (std::ptrdiff_t first = 0; first < chunks; first += wave) {
        const std::ptrdiff_t last = std::min(chunks, first + wave);
        for_chunks(model, text, split, inference, first, last, threads,
                   [&](std::ptrdiff_t c, std::ptrdiff_t n, Scratch& scratch) {
                       const auto at = static_cast<std::size_t>(c - first);
                       const float* z =
                           inference.preactivations(index, scratch.contexts.data(), n, scratch.workspace.data());
                       counts[at] = n;
                       kernels::table()->moments({.rows = layer.outputs,
                                                  .examples = n,
                                                  .stride = chunk,
                                                  .x = z,
                                                  .mean = means.data() + at * outputs,
                                                  .scatter = scatters.data() + at * outputs});
                   });
        for (std::size_t c = 0; c < static_cast<std::size_t>(last - first); ++c) {
            for (std::size_t o = 0; o < outputs; ++o) {
                const std::size_t at = c * outputs + o;
                spreads[o].join(means[at], scatters[at], static_cast<double>(counts[c]));
            }
        }
    }
    return spreads;
}

} // namespace

void check_vocabulary(const Model& model, const Text& text)
{
    if (text.vocabulary() == model.vocabulary) return;
    throw Error(NIB_ERR_MISMATCH, "the data set has another vocabulary (%d symbols) than the model (%d)",
                static_cast<int>(text.vocabulary().size()), static_cast<int>(model.vocabulary.size()));
}

double evaluate(const Model& model, const Text& text, nib_split split, int threads)
{
    check_vocabulary(model, text);
    const Inference inference(model);
    const std::ptrdiff_t chunks = chunk_count(text, split);
    Buffer<double> losses(static_cast<std::size_t>(chunks), model.memory);
    for_chunks(model, text, split, inference, 0, chunks, threads,
               [&](std::ptrdiff_t c, std::ptrdiff_t n, Scratch& scratch) {
                   const float* logits = inference.logits(scratch.contexts.data(), n, scratch.workspace.data());
                   const float mean = kernels::table()->cross_entropy({.classes = model.layout.vocabulary,
                                                                       .examples = n,
                                                                       .stride = chunk,
                                                                       .logits = logits,
                                                                       .targets = scratch.targets.data(),
                                                                       .workspace = scratch.at_target.data(),
                                                                       .first_row = 0,
                                                                       .last_row = 0,
                                                                       .gradient = nullptr});
                   losses[static_cast<std::size_t>(c)] = static_cast<double>(mean) * static_cast<double>(n);
               });
    double total = 0;
    for (const double loss : losses) total += loss;
    return total / text.examples(split);
}

void calibrate(Model& model, const Text& text, nib_split split, int threads)
{
    check_vocabulary(model, text);
    const bool is_std = model.options.bn_running == NIB_BN_RUNNING_STD;
    for (std::size_t i = 0; i < model.layout.layers.size(); ++i) {
        const Layer& layer = model.layout.layers[i];
        if (!layer.norm) continue;
        const std::vector<Spread> spreads = measure(model, i, text, split, threads);
        float* means = model.running.data() + layer.running_mean;
        float* variances = model.running.data() + layer.running_variance;
        for (const Spread& each : spreads) {
            const double variance = each.scatter / (each.count - 1);
            *means++ = static_cast<float>(each.mean);
            *variances++ = static_cast<float>(is_std ? std::sqrt(variance) : variance);
        }
    }
}

} // namespace nib
