// The causes of numbers that are not finite, told apart; and their detection while the loss is still finite.
#include "train/divergence.hpp"

#include "catch.hpp"
#include "error_of.hpp"
#include "models.hpp"
#include "planes.hpp"
#include "train/trainer.hpp"

#include <limits>
#include <string>

using namespace nib;
using namespace nib::test;

namespace {

struct Recipe {
    std::string network = find_preset("lecture-deep")->model.network;
    nib_train_options train = find_preset("lecture-deep")->train;
};

// Five hidden layers and the last one, with biases: the keys of their linear layers, and the activation.
std::string plain(const std::string& hidden_keys, const std::string& last_keys, const char* activation = "tanh")
{
    return "embedding 10, flatten, 5 x (linear 100 " + hidden_keys + ", " + activation + "), linear " + last_keys;
}

// The same with batch normalisation behind each.
std::string normalised(const std::string& hidden_keys, const std::string& last_norm)
{
    return "embedding 10, flatten, 5 x (linear 100 " + hidden_keys + ", batchnorm, tanh), linear, " + last_norm;
}

const Dataset& names()
{
    static const Dataset text = bundled_names();
    return text;
}

// The message if step 7 gives a loss that is not finite.
std::string cause(const Recipe& recipe)
{
    const Model model = new_model(spec_of(recipe.network, 3), names());
    return likely_cause(model, recipe.train, 7);
}

bool has(const std::string& text, const char* words)
{
    INFO(text);
    const bool found = text.find(words) != std::string::npos;
    CHECK(found);
    return found;
}

} // namespace

TEST_CASE("the likely cause is the option that is out of the way")
{
    Recipe recipe;
    CHECK(cause(recipe).starts_with("likely a learning rate of 0.1 is too high: "));
    recipe.train.optimizer = NIB_ADAMW;
    recipe.train.weight_decay = 1000;
    CHECK(cause(recipe) == "likely a weight_decay of 1000 is too high: with a learning rate of 0.1, a step multiplies "
                           "each weight by -99");
    recipe.train.weight_decay = 19; // -0.9: weights that shrink
    CHECK(cause(recipe).starts_with("likely a learning rate of 0.1 "));
    recipe.train.warmup_steps = 100; // the highest so far was 0.007
    CHECK(cause(recipe).starts_with("likely a learning rate of 0.007 "));
}

TEST_CASE("a gain is the likely cause where the sums that it makes are out of the way")
{
    Recipe recipe;
    recipe.network = normalised("gain=1e10", "batchnorm gain=0.1"); // normalised away
    CHECK(cause(recipe).starts_with("likely a learning rate"));
    recipe.network = plain("gain=1e10", "");
    CHECK(cause(recipe) ==
          "likely the initial weights are too large: the gain of layer 2 (linear) is 1e+10, which makes "
          "its sums about 1e+10");
    recipe.network = normalised("gain=1", "batchnorm gain=1e10");
    CHECK(cause(recipe) == "likely the initial weights are too large: the gain of layer 18 (batchnorm) is 1e+10");
    recipe.network = normalised("gain=1", "batchnorm gain=-1e10");
    CHECK(cause(recipe) == "likely the initial weights are too large: the gain of layer 18 (batchnorm) is -1e+10");
    recipe.network = plain("gain=1", "gain=1e10");
    CHECK(cause(recipe) ==
          "likely the initial weights are too large: the gain of layer 12 (linear) is 1e+10, which makes "
          "its sums about 1e+10");
    recipe.network = plain("gain=1 bias-init=1e5", "");
    CHECK(cause(recipe) == "likely the initial biases are too large: bias-init of layer 2 (linear) is 100000");
    recipe.network = plain("gain=8", ""); // tanh bounds each layer's sums; without it they grow with the layers
    CHECK(cause(recipe).starts_with("likely a learning rate"));
    recipe.network = plain("gain=8", "", "identity");
    CHECK(has(cause(recipe), "the gain of layer 8 (linear) is 8, which makes its sums about 4.1e+03"));
    for (const Preset& preset : presets()) { // no preset's initial weights are blamed
        if (preset.model.input[0] == 'f') continue; // floats: not of text
        CHECK(cause({preset.model.network, preset.train}).find("initial") == std::string::npos);
    }
}

TEST_CASE("batches of few examples are the likely cause where the learning rate is low")
{
    Recipe recipe;
    recipe.train.batch_size = 3;
    CHECK(has(cause(recipe), "either a learning rate of 0.1 is too high, or a batch_size of 3 is too small for batch "
                             "normalisation"));
    recipe.train.learning_rate = 1e-6;
    CHECK(cause(recipe).starts_with("likely a batch_size of 3 is too small for batch normalisation"));
    recipe.train.batch_size = 32;
    recipe.network = normalised("gain=1", "batchnorm eps=0");
    CHECK(has(cause(recipe), "(batchnorm eps=0)"));
    recipe.network = plain("gain=1", "");
    CHECK(cause(recipe).starts_with("likely a learning rate of 1e-06 "));
}

TEST_CASE("running statistics that stop being finite end a run whose loss is finite")
{
    Recipe recipe; // the variance of the first batch exceeds a float, and divided by it each unit is 0
    recipe.network = normalised("gain=1e20", "batchnorm gain=0.1");
    Model model = new_model(spec_of(recipe.network, 3), names());
    Trainer trainer(model, names(), recipe.train, 2, heap());
    float loss = 0;
    const std::string message = error_of(NIB_ERR_DIVERGED, [&] { trainer.run(1, &loss); });
    CHECK(loss == Approx(3.3).margin(0.1));
    CHECK(trainer.step() == 1);
    CHECK(message ==
          "3.running_var holds a number that is not finite after step 0: likely the initial weights are too large: the "
          "gain of layer 2 (linear) is 1e+20, which makes its sums about 1e+20");
}

TEST_CASE("a parameter that is not finite is seen by an observed step, whatever the loss")
{
    Recipe recipe;
    Model model = new_model(spec_of(recipe.network, 3), text_of("ab\nab\nab\nab\nab\nab\nab\nab\nab\nabz\n"));
    const Dataset text(
        Text("ab\nab\nab\nab\nab\nab\nab\nab\nab\nab\n", "lines", {.vocabulary = &model.vocabulary()}, heap()));
    Trainer trainer(model, text, recipe.train, 1, heap());
    // The embedding of a symbol that occurs in no item.
    const Tensor& embedding = model.layout.tensors.front();
    *model.at(embedding.offset + 3 * embedding.row_stride) = std::numeric_limits<float>::infinity();
    float loss = 0;
    REQUIRE(trainer.run(1, &loss) == 1);
    CHECK(loss > 0);
    const std::string message = error_of(NIB_ERR_DIVERGED, [&] { trainer.run(1, &loss, true); });
    CHECK(message.starts_with("0.weight holds a number that is not finite after step 1: "));
    error_of(NIB_ERR_STATE, [&] { trainer.run(1, nullptr); });
}

TEST_CASE("the causes in convolutions: their gain, and batches of few numbers a channel")
{
    const Dataset data = random_planes(3 * 4 * 4, 40);
    const auto cause_of = [&](const std::string& network, std::int32_t batch) {
        Recipe recipe;
        recipe.train.batch_size = batch;
        return likely_cause(new_model(table_spec(network, "cross-entropy", "floats 3x4x4"), data), recipe.train, 7);
    };
    CHECK(cause_of("conv2d 4 3x3 gain=1e10, relu, flatten, linear", 32) ==
          "likely the initial weights are too large: the gain of layer 0 (conv2d) is 1e+10, which makes its sums about "
          "1e+10");
    CHECK(
        cause_of("conv2d 4 3x3 gain=1e10, batchnorm, relu, flatten, linear", 32).starts_with("likely a learning rate"));
    CHECK(cause_of("conv2d 4 3x3, batchnorm, relu, flatten, linear", 2).starts_with("likely a learning rate"));
    has(cause_of("conv2d 4 4x4, batchnorm, relu, flatten, linear", 2), "a batch_size of 2 is too small");
}
