// The bits of training, pinned in bits.json from commit to commit: a change of them on all instruction sets alike shows
// here.
//
//   NIB_ISA=avx2 build/bin/train_bits_test "bits.json is written anew"
// and the same with sse2 write the file. The commit that changes it says why.
#include "activations.hpp"
#include "catch.hpp"
#include "goldens.hpp"
#include "layers/batchnorm.hpp"
#include "net/evaluate.hpp"
#include "one_step.hpp"
#include "planes.hpp"

#include <algorithm>
#include <bit>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

struct Run {
    std::string name;
    ModelSpec model;
    nib_train_options train;
    std::int32_t vocabulary;  // of random words
    std::size_t features = 0; // of a row, for random planes
};

// Sizes around those of vectors, tiles and groups of neurons; every kind of activation, norm, initialisation and
// update, some of them together.
struct Odd {
    std::int32_t vocabulary, context, embedding, hidden, layers, batch;
    nib_activation activation;
    int norms; // 1: hidden layers, 2: output
    nib_optimizer optimizer;
    BatchVariance variance = BatchVariance::unbiased;
    RunningOf running = RunningOf::variance;
    double weight_decay = 0;
    double momentum = 0, clip_norm = 0;
};

constexpr Odd odd[] = {
    {5, 1, 3, 17, 1, 7, NIB_TANH, 0, NIB_SGD},
    {5, 8, 5, 33, 2, 33, NIB_RELU, 1, NIB_ADAMW},
    {27, 2, 10, 50, 3, 100, NIB_IDENTITY, 3, NIB_SGD},
    {14, 3, 17, 100, 1, 7, NIB_TANH, 2, NIB_ADAMW},
    {27, 5, 7, 130, 2, 33, NIB_RELU, 3, NIB_SGD},
    {5, 4, 1, 1, 1, 16, NIB_TANH, 1, NIB_SGD},
    {20, 3, 4, 9, 0, 15, NIB_TANH, 0, NIB_ADAMW},
    {27, 3, 6, 15, 4, 2, NIB_TANH, 3, NIB_SGD},
    {9, 2, 8, 31, 2, 1, NIB_TANH, 0, NIB_SGD},
    {90, 4, 12, 48, 1, 20, NIB_RELU, 0, NIB_ADAMW, BatchVariance::unbiased, RunningOf::variance, 0.1},
    {17, 6, 3, 65, 1, 129, NIB_TANH, 1, NIB_ADAMW, BatchVariance::biased, RunningOf::std, 0.01},
    {33, 1, 40, 16, 3, 16, NIB_RELU, 3, NIB_SGD, BatchVariance::biased, RunningOf::std},
    {27, 3, 7, 50, 2, 33, NIB_TANH, 1, NIB_SGD, BatchVariance::unbiased, RunningOf::variance, 0, 0.9},
    {27, 2, 9, 33, 2, 20, NIB_RELU, 0, NIB_SGD, BatchVariance::unbiased, RunningOf::variance, 0, 0, 0.5},
    {20, 4, 5, 130, 1, 17, NIB_TANH, 3, NIB_SGD, BatchVariance::unbiased, RunningOf::variance, 0, 0.9, 0.25},
    {14, 5, 6, 48, 2, 100, NIB_TANH, 1, NIB_ADAMW, BatchVariance::biased, RunningOf::variance, 0.1, 0, 0.25},
};

std::string name_of(const Odd& s)
{
    const char* norms[] = {"", " with batchnorm", " with output batchnorm", " with batchnorm everywhere"};
    const auto number = [](std::int32_t n) { return std::to_string(n); };
    return number(s.vocabulary) + " symbols, context " + number(s.context) + ", embedding " + number(s.embedding) +
           ", " + number(s.layers) + " x " + number(s.hidden) + " " + activation_word(s.activation) + norms[s.norms] +
           ", batch " + number(s.batch) + (s.optimizer == NIB_SGD ? ", sgd" : ", adamw") +
           (s.momentum > 0 ? " with momentum" : "") + (s.clip_norm > 0 ? ", clipped" : "");
}

Run run_of(const Odd& s)
{
    const std::string norm = std::string("batchnorm variance=") +
                             (s.variance == BatchVariance::biased ? "biased" : "unbiased") +
                             (s.running == RunningOf::std ? " running=std" : "");
    const MlpText text = {.context = s.context,
                          .embedding = s.embedding,
                          .hidden = s.hidden,
                          .layers = s.layers,
                          .activation = activation_word(s.activation),
                          .norm = (s.norms & 1) != 0 ? norm : "",
                          .output_norm = (s.norms & 2) != 0 ? norm + " gain=0.1" : "",
                          .linear_keys = "gain=1",
                          .output_keys = "gain=1"};
    nib_train_options t = training_with(s.optimizer, s.batch, 0.01);
    t.steps = 300;
    t.warmup_steps = s.optimizer == NIB_ADAMW ? 20 : 0;
    t.schedule = s.optimizer == NIB_ADAMW ? NIB_SCHEDULE_COSINE : NIB_SCHEDULE_STEP;
    t.decay_at = 200;
    t.weight_decay = s.weight_decay;
    t.momentum = s.momentum;
    t.clip_norm = s.clip_norm;
    return {name_of(s), spec_of(text), t, s.vocabulary};
}

// Convolutions of both forms of the weights' gradient, pools, channels' norms and a residual.
std::vector<Run> planes_runs()
{
    struct Planes {
        PlanesCase network;
        nib_optimizer optimizer;
        std::int32_t batch;
    };
    const Planes all[] = {
        {{"floats 3x9x8",
          "conv2d 16 3x3 padding=1, batchnorm, relu, residual(conv2d 24 3 stride=2 padding=1, batchnorm, relu, conv2d 24 3 "
          "padding=1, batchnorm | conv2d 24 1 stride=2, batchnorm), relu, global-average, linear",
          3 * 9 * 8},
         NIB_SGD,
         32},
        {{"floats 1x12x11",
          "standardize, conv2d 18 5x4 stride=2x1 padding=2, tanh, conv2d 18 3 padding=1 groups=18, batchnorm, gelu, conv2d "
          "9 1, maxpool 3 stride=2 padding=1, dropout 0.2 of=channels, flatten, linear",
          12 * 11},
         NIB_ADAMW,
         21},
        {{"floats 4x31", "conv1d 20 5 dilation=2, relu, avgpool 3, conv1d 33 3 groups=1, flatten, linear 8, tanh, linear",
          4 * 31},
         NIB_SGD,
         7},
    };
    std::vector<Run> runs;
    for (const Planes& each : all) {
        nib_train_options train = training_with(each.optimizer, each.batch, 0.01);
        train.steps = 60;
        train.warmup_steps = 0;
        train.schedule = NIB_SCHEDULE_CONSTANT;
        const std::string batch = ", batch " + std::to_string(each.batch);
        runs.push_back({each.network.input + ": " + each.network.network + batch,
                        table_spec(each.network.network, "cross-entropy", each.network.input), train, 0,
                        each.network.features});
    }
    return runs;
}

// Minibatches in segments: of text with both norms, and of planes.
std::vector<Run> segmented_runs()
{
    std::vector<Run> runs = {
        run_of({27, 3, 7, 130, 2, 177, NIB_TANH, 1, NIB_SGD}), run_of({27, 2, 9, 33, 1, 100, NIB_RELU, 3, NIB_ADAMW}),
        planes_runs()[1]};
    const std::int32_t segments[] = {8, 4, 2};
    for (std::size_t i = 0; i < runs.size(); ++i) {
        runs[i].train.segments = segments[i];
        runs[i].train.steps = 60;
        runs[i].name.append(", ").append(std::to_string(segments[i])).append(" segments");
    }
    return runs;
}

std::vector<Run> runs()
{
    std::vector<Run> runs;
    for (const Preset& preset : presets()) {
        if (!std::string_view(preset.model.input).starts_with("symbols")) continue;
        nib_train_options train = preset.train;
        train.steps = 200;
        train.warmup_steps = std::min<std::int64_t>(train.warmup_steps, 20);
        runs.push_back({preset.name, spec_of(preset.model), train, 27});
    }
    for (const Odd& each : odd) runs.push_back(run_of(each));
    for (Run& each : planes_runs()) runs.push_back(std::move(each));
    for (Run& each : segmented_runs()) runs.push_back(std::move(each));
    return runs;
}

// FNV-1a over the bits.
std::string hash_of(const float* values, std::size_t count)
{
    std::uint64_t hash = 14695981039346656037u;
    for (std::size_t i = 0; i < count; ++i) {
        const auto bits = std::bit_cast<std::uint32_t>(values[i]);
        for (int shift = 0; shift < 32; shift += 8) hash = (hash ^ ((bits >> shift) & 0xffu)) * 1099511628211u;
    }
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
    return text;
}

std::string hash_of(const std::vector<float>& values) { return hash_of(values.data(), values.size()); }

// The state without padding, in the order of the tensors: a change of the memory layout, or of names, does not matter
// here.
Json state_hashes(const Model& model)
{
    const std::vector<float> state = state_of(model);
    const auto parameters = static_cast<std::size_t>(model.layout.parameters);
    return {{"parameters", hash_of(state.data(), parameters)},
            {"statistics", hash_of(state.data() + parameters, state.size() - parameters)}};
}

// Two points of the run: after its first steps, which the scalar kernels do in seconds, and after all.
constexpr std::int64_t first_steps = 20;

Json bits_of(const Run& run, std::int64_t steps)
{
    Numbers numbers(7);
    const Dataset data =
        run.features > 0 ? random_planes(run.features, 100) : random_words(run.vocabulary, numbers, 200);
    Model model = new_model(run.model, data);
    if (data.table() != nullptr) fit(model, *data.table());
    std::vector<float> losses(static_cast<std::size_t>(steps));
    Trainer(model, data, run.train, 1, heap()).run(steps, losses.data());
    Json bits = state_hashes(model);
    bits["losses"] = hash_of(losses);
    bits["evaluation"] = hash_of({static_cast<float>(evaluate(model, data, NIB_SPLIT_TEST, 1))});
    calibrate(model, data, NIB_SPLIT_TEST, 1);
    bits["calibrated statistics"] = state_hashes(model)["statistics"];
    return bits;
}

// SSE2 has no fused multiply-add: it is the only instruction set with different bits.
const char* arithmetic() { return std::string(kernels::table()->isa) == "sse2" ? "sse2" : "fma"; }

std::string bits_path() { return source_path("tests/train/bits.json"); }

Json read_bits() { return read_json(bits_path()); }

void check_bits(const char* after, bool all_steps)
{
    const Json pinned = read_bits();
    CHECK(pinned.size() == runs().size());
    for (const Run& run : runs()) {
        INFO(run.name);
        REQUIRE(pinned.contains(run.name));
        CHECK(bits_of(run, all_steps ? run.train.steps : first_steps) ==
              pinned.at(run.name).at(arithmetic()).at(after));
    }
}

} // namespace

TEST_CASE("the first steps of training give the bits of bits.json", "[first]") { check_bits("first steps", false); }

TEST_CASE("some hundred steps of training give the bits of bits.json") { check_bits("all steps", true); }

TEST_CASE("bits.json is written anew", "[.]")
{
    Json all = std::filesystem::exists(bits_path()) ? read_bits() : Json::object();
    for (const Run& run : runs()) {
        Json& to = all[run.name][arithmetic()];
        to["first steps"] = bits_of(run, first_steps);
        to["all steps"] = bits_of(run, run.train.steps);
    }
    std::ofstream file(bits_path());
    file << all.dump(1) << "\n";
    REQUIRE(file.flush());
}
