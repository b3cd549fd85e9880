// infer/<batch> and sample: the folded model of lecture-deep's sizes, logits of a batch of contexts and whole names, on
// one thread. ns_per_char is the time of one context or symbol.
#include "nib/infer.h"
#include "benchmarks.hpp"
#include "measure.hpp"

#include "base/buffer.hpp"
#include "deploy/fold.hpp"
#include "nn/presets.hpp"

#include <memory_resource>

namespace nib::bench {

namespace {

Memory* const heap = std::pmr::get_default_resource();

Buffer<char> lecture_deep()
{
    std::vector<std::uint32_t> letters;
    for (std::uint32_t c = 'a'; c <= 'z'; ++c) letters.push_back(c);
    Model model(find_preset("lecture-deep")->model, {NIB_ENCODING_UTF8, letters}, heap);
    initialise(model);
    return fold(model, heap);
}

struct Opened {
    explicit Opened(std::size_t batch) : file(lecture_deep())
    {
        std::size_t bytes = 0;
        nib_infer_workspace(file.data(), file.size(), batch, &bytes);
        workspace = Buffer<char>(bytes, heap);
        nib_infer_open(file.data(), file.size(), workspace.data(), bytes, &model);
    }

    Buffer<char> file, workspace;
    nib_infer_model model{};
};

void report(benchmark::State& state, double seconds, double characters)
{
    state.SetIterationTime(seconds);
    state.counters["ns_per_char"] = seconds / characters * 1e9;
}

void infer(benchmark::State& state, std::size_t batch)
{
    Opened opened(batch);
    std::vector<std::int32_t> contexts(3 * batch);
    for (std::size_t i = 0; i < contexts.size(); ++i) contexts[i] = static_cast<std::int32_t>(i * 7 % 27);
    std::vector<float> logits(27 * batch);
    const double seconds = fastest(repeat([&] {
                                       nib_infer_logits(&opened.model, contexts.data(), batch, logits.data(),
                                                        opened.workspace.data(), opened.workspace.size());
                                   }),
                                   usual_budget);
    report(state, seconds, static_cast<double>(batch));
}

// Names differ in length, so that the unit is the symbol: a burst samples names until it has as many symbols.
void sample(benchmark::State& state)
{
    Opened opened(1);
    nib_infer_sampler_options options;
    nib_infer_sampler_options_default(&options);
    nib_infer_sampler sampler;
    nib_infer_sampler_init(&sampler, &opened.model, &options);
    std::vector<char> text(4096);
    const Burst symbols = [&](std::int64_t count) {
        std::int64_t done = 0;
        const double seconds = seconds_of([&] {
            while (done < count) {
                std::size_t length = 0;
                nib_infer_sampler_next(&sampler, text.data(), text.size(), &length, opened.workspace.data(),
                                       opened.workspace.size());
                done += static_cast<std::int64_t>(length) + 1;
            }
        });
        return seconds * static_cast<double>(count) / static_cast<double>(done);
    };
    report(state, fastest(symbols, usual_budget), 1);
}

} // namespace

void add_infer()
{
    for (const std::size_t batch : {1, 16, 32, 64, 256}) {
        add("infer/" + std::to_string(batch), [batch](benchmark::State& state) { infer(state, batch); });
    }
    add("sample", sample);
}

} // namespace nib::bench
