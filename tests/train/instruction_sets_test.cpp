// One answer: the result of training has the same bits on every instruction set with fma.
#include "catch.hpp"
#include "forked.hpp"
#include "one_step.hpp"
#include "train/evaluate.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

struct OneAnswer {
    std::string name;
    nib_model_options model;
    std::int32_t vocabulary;
    nib_train_options train;
};

// FNV-1a over the bits.
std::uint64_t hash_of(const std::vector<float>& values)
{
    std::uint64_t hash = 14695981039346656037u;
    for (const float value : values) {
        const auto bits = std::bit_cast<std::uint32_t>(value);
        for (int shift = 0; shift < 32; shift += 8) hash = (hash ^ ((bits >> shift) & 0xffu)) * 1099511628211u;
    }
    return hash;
}

// Of everything that comes out: every minibatch loss, parameters, statistics, the loss of a split, calibration.
std::uint64_t answer(const OneAnswer& run)
{
    constexpr std::size_t steps = 20;
    Numbers numbers(7);
    const Text text = random_words(run.vocabulary, numbers, 200);
    Model model = new_model(run.model, text);
    std::vector<float> all(steps);
    Trainer(model, text, run.train, 1, heap()).run(steps, all.data());
    all.push_back(static_cast<float>(evaluate(model, text, NIB_SPLIT_VAL, 1)));
    calibrate(model, text, NIB_SPLIT_VAL, 1);
    const std::vector<float> state = state_of(model);
    all.insert(all.end(), state.begin(), state.end());
    return hash_of(all);
}

// The presets, and odd sizes.
std::vector<OneAnswer> runs()
{
    struct Sizes {
        std::int32_t vocabulary, context, embedding, hidden, layers, batch;
        nib_activation activation;
        int norms; // 1: hidden layers, 2: output
        nib_optimizer optimizer;
    };
    constexpr Sizes odd[] = {
        {5, 1, 3, 17, 1, 7, NIB_TANH, 0, NIB_SGD},         {5, 8, 5, 33, 2, 33, NIB_RELU, 1, NIB_ADAMW},
        {27, 2, 10, 50, 3, 100, NIB_IDENTITY, 3, NIB_SGD}, {14, 3, 17, 100, 1, 7, NIB_TANH, 2, NIB_ADAMW},
        {27, 5, 7, 130, 2, 33, NIB_RELU, 3, NIB_SGD},      {5, 4, 1, 1, 1, 16, NIB_TANH, 1, NIB_SGD},
        {20, 3, 4, 9, 0, 15, NIB_TANH, 0, NIB_ADAMW},      {27, 3, 6, 15, 4, 2, NIB_TANH, 3, NIB_SGD},
    };
    std::vector<OneAnswer> runs;
    for (const Preset& preset : presets()) runs.push_back({preset.name, preset.model, 27, preset.train});
    for (const Sizes& s : odd) {
        nib_model_options o = find_preset("lecture-deep")->model;
        o.context_length = s.context;
        o.embedding_size = s.embedding;
        o.hidden_size = s.hidden;
        o.hidden_layers = s.layers;
        o.activation = s.activation;
        o.batchnorm = s.norms & 1;
        o.output_batchnorm = s.norms >> 1;
        const std::string name = "vocabulary " + std::to_string(s.vocabulary) + ", hidden " + std::to_string(s.hidden) +
                                 ", batch " + std::to_string(s.batch);
        runs.push_back({name, o, s.vocabulary, training_with(s.optimizer, s.batch, 0.01)});
    }
    return runs;
}

// One line a run.
std::string answers_with(const char* isa)
{
    return output_with_isa(isa, [] {
        std::string lines;
        for (const OneAnswer& run : runs()) lines += run.name + ": " + std::to_string(answer(run)) + "\n";
        return lines;
    });
}

} // namespace

TEST_CASE("every instruction set with fma has one answer")
{
    const std::string scalar = answers_with("scalar");
    CHECK(std::count(scalar.begin(), scalar.end(), '\n') == std::ssize(runs()));
    for (const char* isa : {"avx2", "avx512", "neon64"}) {
        if (kernels::table_of(isa) == nullptr) continue;
        CAPTURE(isa);
        CHECK(answers_with(isa) == scalar);
    }
}
