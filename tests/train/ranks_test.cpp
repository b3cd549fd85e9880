// Several ranks train one model: the bits of one process with as many segments, for any number of ranks.
#include "catch.hpp"
#include "lists.hpp"
#include "models.hpp"
#include "one_step.hpp"
#include "planes.hpp"
#include "thread_ranks.hpp"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

struct Case {
    std::string name;
    const Dataset* data;
    ModelSpec spec;
    nib_train_options options;
};

// Losses, parameters, running statistics, and what the last step's diagnostics say.
std::vector<float> trained(const Case& c, int threads, const nib_collective* ranks)
{
    Model model = new_model(c.spec, *c.data);
    Trainer trainer(model, *c.data, c.options, threads, heap(), Threads::fixed, ranks);
    std::vector<float> all(static_cast<std::size_t>(c.options.steps));
    trainer.run(4, all.data());
    trainer.run(2, all.data() + 4, true);
    all.insert(all.end(), model.parameters.begin(), model.parameters.end());
    all.insert(all.end(), model.running.begin(), model.running.end());
    for (const nib_layer_statistics& layer : trainer.diagnostics().layers())
        for (const double each : {layer.mean, layer.std, layer.gradient_mean, layer.gradient_std, layer.saturated,
                                  static_cast<double>(layer.dead), static_cast<double>(layer.rows)})
            all.push_back(static_cast<float>(each));
    for (const nib_tensor_statistics& tensor : trainer.diagnostics().tensors())
        all.push_back(static_cast<float>(tensor.update_std));
    return all;
}

void check_ranks(const Case& c)
{
    const std::vector<float> expected = trained(c, 1, nullptr);
    for (std::int64_t i = 0; i < c.options.steps; ++i) // a tensor of one number has no deviation
        REQUIRE(std::isfinite(expected[static_cast<std::size_t>(i)]));
    for (int ranks = 1; ranks <= c.options.segments; ++ranks) {
        ThreadRanks engine(ranks);
        if (ranks == 3) engine.delay(1);
        const auto found =
            on_ranks(engine, [&](const nib_collective& own) { return trained(c, 1 + own.rank % 2, &own); });
        for (const std::vector<float>& each : found) {
            INFO(c.name << ", " << ranks << " ranks");
            CHECK(bit_difference(each, expected) == "");
        }
    }
}

} // namespace

TEST_CASE("any number of ranks has the bits of one")
{
    const Dataset text = bundled_names(), rows = clouds(3, 300, true), planes = random_planes(2 * 7 * 6, 300);
    nib_train_options weighted = segmented(NIB_SGD, 120, 4, 6), clipped = segmented(NIB_ADAMW, 130, 8, 6),
                      momentum = segmented(NIB_SGD, 64, 4, 6);
    weighted.class_weights = NIB_CLASS_WEIGHTS_BALANCED;
    clipped.clip_norm = 0.5;
    momentum.momentum = 0.9;
    const ModelSpec normed = spec_of(
        "embedding 7, flatten, linear 33, batchnorm, tanh, dropout 0.2, linear 130, relu, linear, batchnorm", 3);
    check_ranks({"text, SGD", &text, normed, segmented(NIB_SGD, 130, 8, 6)});
    check_ranks({"text, clipped", &text, normed, clipped});
    check_ranks({"text, layernorm", &text,
                 spec_of("embedding 5, flatten, linear 17, layernorm, gelu, residual(linear 17, rmsnorm), linear", 3),
                 momentum});
    check_ranks({"weighted rows", &rows, table_spec("standardize, linear 20, batchnorm running=std, silu, linear", ""),
                 weighted});
    check_ranks({"planes", &planes,
                 table_spec("standardize, conv2d 18 3 stride=2x1 padding=1, batchnorm, relu, conv2d 18 3 padding=1 "
                            "groups=18, batchnorm, gelu, residual(conv2d 18 1, batchnorm | dropout 0.2 of=channels), "
                            "maxpool 2, flatten, linear",
                            "", "floats 2x7x6"),
                 segmented(NIB_SGD, 113, 8, 6)});
}

// A residual's value is shared with a norm behind it, and the last rank has a single example.
TEST_CASE("ranks with few examples, uneven segments and norms next to each other")
{
    const Dataset planes = random_planes(3 * 5 * 4, 200), text = bundled_names();
    check_ranks({"one example", &planes,
                 table_spec("batchnorm, residual(batchnorm, tanh), flatten, batchnorm, linear 20, batchnorm, linear",
                            "", "floats 3x5x4"),
                 segmented(NIB_ADAMW, 33, 2, 6)});
    check_ranks({"uneven", &text, spec_of("embedding 3, flatten, batchnorm, linear 17, relu, batchnorm, linear", 4),
                 segmented(NIB_SGD, 177, 8, 6)});
}

TEST_CASE("any list of layers has the bits of one rank on two")
{
    const Dataset text = bundled_names();
    bool adamw = false;
    for (const std::string& list : any_lists())
        check_ranks(
            {list, &text, spec_of(list, 3), segmented(std::exchange(adamw, !adamw) ? NIB_ADAMW : NIB_SGD, 37, 2, 6)});
}

TEST_CASE("planes in any order have the bits of one rank on two")
{
    for (const PlanesCase& each : planes_cases()) {
        const Dataset data = random_planes(each.features, 80);
        check_ranks({each.network, &data, table_spec(each.network, "cross-entropy", each.input),
                     segmented(NIB_ADAMW, 20, 2, 6)});
    }
}

TEST_CASE("numbers to learn have the bits of one rank on several")
{
    const Dataset numbers = curve(300, 5, 2);
    for (const char* loss : {"squared", "huber"})
        check_ranks({loss, &numbers, table_spec("standardize, linear 17, tanh, linear, unscale", loss),
                     segmented(NIB_SGD, 70, 4, 6)});
}
