// Training gives the same bits for any number of threads, at once or in pieces, and observed or not.
#include "activations.hpp"
#include "catch.hpp"
#include "lists.hpp"
#include "models.hpp"
#include "numbers.hpp"
#include "planes.hpp"
#include "train/trainer.hpp"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

struct Shape {
    const char* preset; // of the training, and of the network's parts between its sizes
    int context, embedding, hidden, layers, batch;
    int steps = 30;
};

MlpText network_of(const Shape& shape)
{
    MlpText text = text_of_preset(shape.preset);
    text.context = shape.context;
    text.embedding = shape.embedding;
    text.hidden = shape.hidden;
    text.layers = shape.layers;
    return text;
}

// Few steps with odd sizes, as the scalar kernels take milliseconds a step. In two shapes, products of one group of
// neurons out of two, or of two out of four, are done in blocks. Up to 14 examples are by example on one thread, except
// in the step that is observed.
constexpr Shape shapes[] = {
    {"lecture-kaiming", 3, 10, 50, 1, 32}, {"lecture-batchnorm", 2, 7, 33, 1, 7},
    {"lecture-deep", 3, 5, 17, 3, 33},     {"mlp", 5, 3, 130, 2, 20},
    {"mlp", 8, 256, 129, 1, 5, 4},         {"lecture-deep", 9, 286, 203, 1, 5, 4},
    {"lecture-kaiming", 3, 5, 33, 1, 1},   {"lecture-kaiming", 2, 4, 17, 2, 2},
    {"lecture-deep", 3, 5, 17, 2, 3},      {"mlp", 2, 3, 50, 1, 5, 9},
    {"lecture-deep", 3, 5, 33, 1, 8, 9},   {"lecture-kaiming", 3, 5, 33, 1, 12, 9},
    {"lecture-deep", 2, 4, 50, 1, 14, 9},  {"lecture-deep", 2, 4, 50, 1, 15, 9},
};

std::vector<float> trained(const Dataset& text, const ModelSpec& spec, const nib_train_options& options, int threads,
                           std::int64_t piece, bool observe = false)
{
    Model model = new_model(spec, text);
    Trainer trainer(model, text, options, threads, heap());
    while (trainer.run(piece, nullptr, observe) > 0) {
    }
    std::vector<float> all(model.parameters.begin(), model.parameters.end());
    all.insert(all.end(), model.running.begin(), model.running.end());
    return all;
}

std::vector<float> trained(const Dataset& text, const Shape& shape, int threads, std::int64_t piece,
                           bool observe = false, nib_activation activation = NIB_TANH)
{
    MlpText network = network_of(shape);
    network.activation = activation_text(activation);
    nib_train_options options = find_preset(shape.preset)->train;
    options.batch_size = shape.batch;
    options.steps = shape.steps;
    options.warmup_steps = 0;
    return trained(text, spec_of(network), options, threads, piece, observe);
}

} // namespace

TEST_CASE("training gives the same bits for any number of threads, in pieces, and observed")
{
    const Dataset text = bundled_names();
    for (const Shape& shape : shapes) {
        const std::vector<float> expected = trained(text, shape, 1, 30);
        for (const int threads : {2, 3, 4}) {
            INFO(shape.preset << ", " << threads << " threads");
            CHECK(bit_difference(trained(text, shape, threads, 30), expected) == "");
        }
        INFO(shape.preset << ", in pieces");
        CHECK(bit_difference(trained(text, shape, 2, 7), expected) == "");
        for (const int threads : {1, 2, 3}) {
            INFO("observed, " << threads << " threads");
            CHECK(bit_difference(trained(text, shape, threads, 4, true), expected) == "");
        }
    }
}

TEST_CASE("every activation gives the same bits for any number of threads, in pieces, and observed")
{
    const Dataset text = bundled_names();
    for (const nib_activation activation : all_activations()) {
        for (const Shape& shape :
             {Shape{"lecture-kaiming", 3, 4, 19, 2, 21, 9}, {"lecture-deep", 3, 4, 19, 2, 21, 9}}) {
            INFO(activation_word(activation) << ", " << shape.preset);
            const std::vector<float> expected = trained(text, shape, 1, 9, false, activation);
            for (const float each : expected) REQUIRE(std::isfinite(each));
            CHECK(bit_difference(trained(text, shape, 3, 9, false, activation), expected) == "");
            CHECK(bit_difference(trained(text, shape, 2, 4, true, activation), expected) == "");
        }
    }
}

TEST_CASE("momentum and clipping give the same bits for any number of threads, in pieces, and observed")
{
    struct Update {
        nib_optimizer optimizer;
        double momentum, clip_norm; // a gradient's norm is 0.5 to 3 here
    };
    const Dataset text = bundled_names();
    for (const char* list :
         {"embedding 7, flatten, linear 33, batchnorm, tanh, linear 130, relu, linear",
          "embedding 5, flatten, linear 17, layernorm, gelu, residual(linear 17, rmsnorm), linear"}) {
        const ModelSpec spec = spec_of(list, 3);
        for (const Update& update : {Update{NIB_SGD, 0.9, 0},
                                     {NIB_SGD, 0, 0.7},
                                     {NIB_SGD, 0.9, 0.7},
                                     {NIB_ADAMW, 0, 0.7},
                                     {NIB_SGD, 0, 1e30}}) {
            INFO(list << ", momentum " << update.momentum << ", clip_norm " << update.clip_norm);
            nib_train_options options = find_preset("lecture-deep")->train;
            options.optimizer = update.optimizer;
            options.momentum = update.momentum;
            options.clip_norm = update.clip_norm;
            options.batch_size = 21;
            options.steps = 12;
            options.learning_rate = 0.01;
            const std::vector<float> expected = trained(text, spec, options, 1, 12);
            for (const float each : expected) REQUIRE(std::isfinite(each));
            for (const int threads : {2, 3, 4})
                CHECK(bit_difference(trained(text, spec, options, threads, 12), expected) == "");
            CHECK(bit_difference(trained(text, spec, options, 3, 5), expected) == "");
            CHECK(bit_difference(trained(text, spec, options, 2, 4, true), expected) == "");
            if (update.clip_norm < 1e30) continue;
            options.clip_norm = 0; // no gradient reaches it: as without
            CHECK(bit_difference(trained(text, spec, options, 3, 12), expected) == "");
        }
    }
}

TEST_CASE("any list gives the same bits for any number of threads, in pieces, and observed")
{
    const Dataset text = bundled_names();
    bool adamw = false;
    for (const std::string& list : any_lists()) {
        const ModelSpec spec = spec_of(list, 3);
        const char* preset = std::exchange(adamw, !adamw) ? "mlp" : "lecture-deep"; // in turn, which halves the time
        INFO(list << ", trained as " << preset);
        nib_train_options options = find_preset(preset)->train;
        options.batch_size = 21;
        options.steps = 4;
        options.learning_rate = 0.01;
        options.warmup_steps = 0;
        const std::vector<float> expected = trained(text, spec, options, 1, 4);
        for (const float each : expected) REQUIRE(std::isfinite(each));
        CHECK(bit_difference(trained(text, spec, options, 3, 4), expected) == "");
        CHECK(bit_difference(trained(text, spec, options, 2, 2, true), expected) == "");
    }
}

TEST_CASE("planes give the same bits for any number of threads, in pieces, and observed")
{
    for (const PlanesCase& each : planes_cases()) {
        const Dataset data = random_planes(each.features, 40);
        const ModelSpec spec = table_spec(each.network, "cross-entropy", each.input);
        for (const int batch : {16, 5}) {
            INFO(each.network << ", batch " << batch);
            nib_train_options options = find_preset("lecture-deep")->train;
            options.batch_size = batch;
            options.steps = 5;
            options.learning_rate = 0.01;
            const std::vector<float> expected = trained(data, spec, options, 1, 5);
            for (const int threads : {2, 3}) CHECK(bit_difference(trained(data, spec, options, threads, 5), expected) == "");
            CHECK(bit_difference(trained(data, spec, options, 2, 2, true), expected) == "");
        }
    }
}
