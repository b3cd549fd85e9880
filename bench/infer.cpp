// infer/<threads>/<batch>, sample/<threads>/<batch> and sample_lecture: the folded model with lecture-deep's sizes,
// logits of batches of contexts, and items by either stream; _bf16 and _int8: with weights of 16 and 8 bits.
// ns_per_char is the time of one context or symbol, all threads taken together.
#include "nib/infer.h"
#include "benchmarks.hpp"
#include "measure.hpp"
#include "opened.hpp"

#include "base/heap.hpp"
#include "deploy/fold.hpp"
#include "layers/list.hpp"
#include "net/model_options.hpp"
#include "train/presets.hpp"

namespace nib::bench {

namespace {

Memory* const heap = process_heap();

constexpr const char* suffixes[] = {"", "_bf16", "_int8"};

Buffer<char> lecture_deep(nib_weights weights)
{
    std::vector<std::uint32_t> letters;
    for (std::uint32_t c = 'a'; c <= 'z'; ++c) letters.push_back(c);
    const Vocabulary vocabulary(NIB_ENCODING_UTF8, letters);
    Model model({read_options(find_preset("lecture-deep")->model, spec_words()), shape_of(vocabulary)}, vocabulary,
                heap);
    initialise(model);
    return fold(model, heap, {weights, NIB_FIRST_LAYER_TABLE});
}

// The demand of all contexts of a call, computed a batch at a time on each thread: a batch reads each weight once. For
// 8-bit integers no demand is stated: multiply-adds limit them, and their peak is not measured.
Demand demand_of(const Opened& opened, int threads, double contexts, double batch)
{
    const infer::Header& header = opened.header();
    if (header.weight_bits == 8) return {};
    const double weights = static_cast<double>(infer::multiply_adds(header)), bytes = weights * header.weight_bits / 8;
    return {.flops = 2 * weights * contexts, .bytes = bytes * contexts / batch, .footprint = bytes * threads};
}

void report(benchmark::State& state, double seconds, double characters, const Demand& demand, int threads)
{
    state.SetIterationTime(seconds);
    state.counters["ns_per_char"] = seconds / characters * 1e9;
    state_limit(state, demand, threads, seconds);
}

void infer(benchmark::State& state, nib_weights weights, int threads, std::size_t batch)
{
    Opened opened(lecture_deep(weights), threads, batch);
    std::vector<std::int32_t> contexts(3 * batch);
    for (std::size_t i = 0; i < contexts.size(); ++i) contexts[i] = static_cast<std::int32_t>(i * 7 % 27);
    std::vector<std::vector<float>> logits(static_cast<std::size_t>(threads), std::vector<float>(27 * batch));
    const auto work = [&](int thread) {
        const auto t = static_cast<std::size_t>(thread);
        Buffer<char>& workspace = opened.workspaces[t];
        nib_infer_logits(&opened.model, contexts.data(), batch, logits[t].data(), workspace.data(), workspace.size());
    };
    const Burst burst = threads == 1 ? repeat([&] { work(0); }) : repeat(threads, work);
    const double all = static_cast<double>(batch) * threads;
    report(state, fastest(burst, usual_budget), all, demand_of(opened, threads, all, static_cast<double>(batch)),
           threads);
}

// Every call draws the same `count` items, `batch` at a time. The unit is the symbol, including the end of an item.
// Items are short, so that a call with few of them is shorter than a time slice. With few items, lanes are idle while
// the last ones end.
void sample(benchmark::State& state, nib_weights weights, int threads, std::size_t batch, std::size_t count)
{
    Opened opened(lecture_deep(weights), threads, batch);
    nib_infer_sampler_options options;
    options.struct_size = sizeof options;
    nib_infer_sampler_options_default(&options);
    options.max_length = 16;
    std::vector<std::vector<char>> texts(static_cast<std::size_t>(threads), std::vector<char>(16 * count));
    std::vector<std::vector<std::uint32_t>> lengths(texts.size(), std::vector<std::uint32_t>(count));
    const auto work = [&](int thread) {
        const auto t = static_cast<std::size_t>(thread);
        Buffer<char>& workspace = opened.workspaces[t];
        nib_infer_sample(&opened.model, &options, t * count, count, texts[t].data(), 16, lengths[t].data(),
                         workspace.data(), workspace.size());
    };
    double characters = 0;
    for (int thread = 0; thread < threads; ++thread) {
        work(thread);
        for (const std::uint32_t length : lengths[static_cast<std::size_t>(thread)]) characters += length + 1;
    }
    const Burst burst = threads == 1 ? repeat([&] { work(0); }) : repeat(threads, work);
    const Demand demand = demand_of(opened, threads, characters, static_cast<double>(batch));
    report(state, fastest(burst, usual_budget), characters, demand, threads);
}

// The lecture's stream, one item after the other. Items differ in length, so the unit is the symbol: a burst samples
// names until it has this many symbols.
void sample_lecture(benchmark::State& state, nib_weights weights)
{
    Opened opened(lecture_deep(weights), 1, 1);
    Buffer<char>& workspace = opened.workspaces[0];
    nib_infer_sampler_options options;
    options.struct_size = sizeof options;
    nib_infer_sampler_options_default(&options);
    nib_infer_sampler sampler;
    nib_infer_sampler_init(&sampler, &opened.model, &options);
    std::vector<char> text(4096);
    const Burst symbols = [&](std::int64_t count) {
        std::int64_t done = 0;
        const double seconds = seconds_of([&] {
            while (done < count) {
                std::size_t length = 0;
                nib_infer_sampler_next(&sampler, text.data(), text.size(), &length, workspace.data(), workspace.size());
                done += static_cast<std::int64_t>(length) + 1;
            }
        });
        return seconds * static_cast<double>(count) / static_cast<double>(done);
    };
    report(state, fastest(symbols, usual_budget), 1, demand_of(opened, 1, 1, 1), 1);
}

} // namespace

void add_infer()
{
    for (const nib_weights weights : {NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8}) {
        const std::string suffix = suffixes[weights];
        for (const int threads : thread_counts()) {
            for (const std::size_t batch : {1, 16, 64, 256}) {
                add("infer" + suffix + "/" + std::to_string(threads) + "/" + std::to_string(batch),
                    [=](benchmark::State& state) { infer(state, weights, threads, batch); });
            }
        }
        for (const int threads : thread_counts()) {
            for (const std::size_t batch : {1, 16, 64}) {
                add("sample" + suffix + "/" + std::to_string(threads) + "/" + std::to_string(batch),
                    [=](benchmark::State& state) { sample(state, weights, threads, batch, 2 * batch); });
            }
        }
        add("sample_4096" + suffix + "/1/64", [=](benchmark::State& state) { sample(state, weights, 1, 64, 4096); });
        add("sample_lecture" + suffix, [=](benchmark::State& state) { sample_lecture(state, weights); });
    }
}

} // namespace nib::bench
