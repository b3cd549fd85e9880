#include "net/evaluate.hpp"

#include "base/error.hpp"
#include "kernels/table.hpp"
#include "net/chunks.hpp"
#include "net/spread.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace nib {

namespace {

constexpr std::ptrdiff_t chunk = Inference::chunk;

// What a thread needs for one chunk of examples.
struct Scratch {
    Scratch(const Inference& inference, const Model& model)
        : contexts(static_cast<std::size_t>(chunk * model.context_length), model.memory),
          targets(chunk, model.memory),
          workspace(inference.workspace_size(), model.memory),
          at_target(chunk, model.memory)
    {
    }

    Buffer<std::int32_t> contexts, targets;
    Buffer<float> workspace, at_target;
};

// for_chunks, each chunk's contexts and targets gathered.
template <class Each>
void for_chunks_of(const Model& model, const Text& text, nib_split split, const Inference& inference,
                   std::ptrdiff_t begin, std::ptrdiff_t end, int threads, Each each)
{
    for_chunks(
        begin, end, threads, [&] { return Scratch(inference, model); },
        [&](const Chunk& c, Scratch& scratch) {
            text.gather(split, static_cast<std::uint32_t>(c.first), static_cast<std::uint32_t>(c.size),
                        static_cast<std::int32_t>(model.context_length), scratch.contexts.data(),
                        scratch.targets.data());
            each(c, scratch);
        });
}

// The spread of each row of a value. Chunks are measured on several threads, some at a time, and joined in their order.
std::vector<Spread> measure(const Model& model, int value, const Text& text, nib_split split, int threads)
{
    const Inference inference(model);
    const std::ptrdiff_t rows = model.network.shape_of(value).rows();
    const std::ptrdiff_t examples = text.examples(split), wave = std::min<std::ptrdiff_t>(examples, 256 * chunk);
    const auto width = static_cast<std::size_t>(rows);
    const auto at_once = static_cast<std::size_t>(chunks_of(wave));
    Buffer<float> means(at_once * width, model.memory), scatters(means.size(), model.memory);
    Buffer<std::ptrdiff_t> counts(at_once, model.memory);
    std::vector<Spread> spreads(width);
    for (std::ptrdiff_t begin = 0; begin < examples; begin += wave) {
        const std::ptrdiff_t end = std::min(examples, begin + wave);
        for_chunks_of(model, text, split, inference, begin, end, threads, [&](const Chunk& c, Scratch& scratch) {
            const auto at = static_cast<std::size_t>(c.index);
            const float* z = inference.value(value, scratch.contexts.data(), c.size, scratch.workspace.data());
            counts[at] = c.size;
            kernels::table()->moments({.rows = rows,
                                       .examples = c.size,
                                       .stride = chunk,
                                       .x = z,
                                       .mean = means.data() + at * width,
                                       .scatter = scatters.data() + at * width});
        });
        for (std::size_t c = 0; c < static_cast<std::size_t>(chunks_of(end - begin)); ++c) {
            for (std::size_t o = 0; o < width; ++o) {
                const std::size_t at = c * width + o;
                spreads[o].join(means[at], scatters[at], static_cast<double>(counts[c]));
            }
        }
    }
    return spreads;
}

} // namespace

void check_vocabulary(const Vocabulary& model, const Text& text)
{
    if (text.vocabulary() == model) return;
    throw Error(NIB_ERR_MISMATCH, "the data set has another vocabulary (%d symbols) than the model (%d)",
                static_cast<int>(text.vocabulary().size()), static_cast<int>(model.size()));
}

double evaluate(const Model& model, const Text& text, nib_split split, int threads)
{
    return evaluate(model, text, split, {0, text.examples(split)}, threads);
}

double evaluate(const Model& model, const Text& text, nib_split split, Range examples, int threads)
{
    check_vocabulary(model.vocabulary, text);
    const Inference inference(model);
    Buffer<double> losses(static_cast<std::size_t>(chunks_of(examples.size())), model.memory);
    const auto measure_chunk = [&](const Chunk& c, Scratch& scratch) {
        const float* logits = inference.logits(scratch.contexts.data(), c.size, scratch.workspace.data());
        const float mean = kernels::table()->cross_entropy({.classes = model.layout.classes,
                                                            .examples = c.size,
                                                            .stride = chunk,
                                                            .logits = logits,
                                                            .targets = scratch.targets.data(),
                                                            .workspace = scratch.at_target.data(),
                                                            .first_row = 0,
                                                            .last_row = 0,
                                                            .gradient = nullptr});
        losses[static_cast<std::size_t>(c.index)] = static_cast<double>(mean) * static_cast<double>(c.size);
    };
    for_chunks_of(model, text, split, inference, examples.first, examples.last, threads, measure_chunk);
    double total = 0;
    for (const double loss : losses) total += loss;
    const double mean = total / static_cast<double>(examples.size());
    if (std::isfinite(mean)) return mean;
    throw Error(NIB_ERR_DIVERGED, "the loss is %g: a number of the model, or a logit that it gives, is not finite",
                std::fabs(mean));
}

void calibrate(Model& model, const Text& text, nib_split split, int threads)
{
    check_vocabulary(model.vocabulary, text);
    const std::vector<Node>& nodes = model.network.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (!model.layout.has_running(i)) continue;
        const Running& running = model.layout.running_of(i);
        const std::vector<Spread> spreads = measure(model, nodes[i].input, text, split, threads);
        float* means = model.running.data() + running.mean;
        float* variances = model.running.data() + running.spread;
        for (const Spread& each : spreads) {
            const double variance = each.scatter / (each.count - 1);
            *means++ = static_cast<float>(each.mean);
            *variances++ = static_cast<float>(running.is_std ? std::sqrt(variance) : variance);
        }
    }
}

} // namespace nib
