// The folded model of lecture-deep's sizes: logits and sampling. ns_per_char is the time of one context or symbol.
#include "nib/infer.h"
#include "base/buffer.hpp"
#include "deploy/fold.hpp"
#include "nn/presets.hpp"

#include <benchmark/benchmark.h>

#include <memory_resource>

namespace {

nib::Memory* const heap = std::pmr::get_default_resource();

nib::Buffer<char> lecture_deep()
{
    std::vector<std::uint32_t> letters;
    for (std::uint32_t c = 'a'; c <= 'z'; ++c) letters.push_back(c);
    nib::Model model(nib::find_preset("lecture-deep")->model, {NIB_ENCODING_UTF8, letters}, heap);
    nib::initialise(model);
    return nib::fold(model, heap);
}

struct Opened {
    explicit Opened(std::size_t batch) : file(lecture_deep())
    {
        std::size_t bytes = 0;
        nib_infer_workspace(file.data(), file.size(), batch, &bytes);
        workspace = nib::Buffer<char>(bytes, heap);
        nib_infer_open(file.data(), file.size(), workspace.data(), bytes, &model);
    }

    nib::Buffer<char> file, workspace;
    nib_infer_model model{};
};

void count_characters(benchmark::State& state, std::size_t characters)
{
    // The inverse of a rate per 1e-9 characters: nanoseconds a character, which the console shows as "s".
    state.counters["ns_per_char"] = benchmark::Counter(static_cast<double>(characters) * 1e-9,
                                                       benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void infer(benchmark::State& state, std::size_t batch)
{
    Opened opened(batch);
    std::vector<std::int32_t> contexts(3 * batch);
    for (std::size_t i = 0; i < contexts.size(); ++i) contexts[i] = static_cast<std::int32_t>(i * 7 % 27);
    std::vector<float> logits(27 * batch);
    std::size_t characters = 0;
    for (auto _ : state) {
        nib_infer_logits(&opened.model, contexts.data(), batch, logits.data(), opened.workspace.data(),
                         opened.workspace.size());
        benchmark::DoNotOptimize(logits.data());
        characters += batch;
    }
    count_characters(state, characters);
}

void sample(benchmark::State& state)
{
    Opened opened(1);
    nib_infer_sampler_options options;
    nib_infer_sampler_options_default(&options);
    nib_infer_sampler sampler;
    nib_infer_sampler_init(&sampler, &opened.model, &options);
    std::vector<char> text(4096);
    std::size_t length = 0, characters = 0;
    for (auto _ : state) {
        nib_infer_sampler_next(&sampler, text.data(), text.size(), &length, opened.workspace.data(),
                               opened.workspace.size());
        characters += length + 1;
    }
    count_characters(state, characters);
}

const int registered = [] {
    for (const std::size_t batch : {1, 16, 32, 64, 256}) {
        benchmark::RegisterBenchmark(("infer/1/" + std::to_string(batch)).c_str(), infer, batch);
    }
    benchmark::RegisterBenchmark("sample/1/1", sample);
    return 0;
}();

} // namespace
