// Why numbers stop being finite, told apart; and that it is seen where the loss stays finite.
#include "train/divergence.hpp"

#include "catch.hpp"
#include "error_of.hpp"
#include "models.hpp"
#include "train/trainer.hpp"

#include <limits>
#include <string>

using namespace nib;
using namespace nib::test;

namespace {

struct Recipe {
    nib_model_options model = find_preset("lecture-deep")->model;
    nib_train_options train = find_preset("lecture-deep")->train;
};

const Text& names()
{
    static const Text text = bundled_names();
    return text;
}

// The message where step 7 gives a loss that is not finite.
std::string cause(const Recipe& recipe)
{
    const Model model = new_model(recipe.model, names());
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
    recipe.model.hidden_gain = 1e10; // normalised away
    CHECK(cause(recipe).starts_with("likely a learning rate"));
    recipe.model.batchnorm = 0;
    CHECK(cause(recipe) == "likely the initial weights are too large: hidden_gain is 1e+10, which makes the sums of "
                           "hidden.0 about 1e+10");
    recipe.model.hidden_gain = 1;
    recipe.model.output_bn_gain = 1e10;
    CHECK(cause(recipe) == "likely the initial weights are too large: output_bn_gain is 1e+10");
    recipe.model.output_batchnorm = 0;
    recipe.model.output_gain = 1e10;
    CHECK(cause(recipe) == "likely the initial weights are too large: output_gain is 1e+10, which makes the sums of "
                           "output about 1e+10");
    recipe.model.output_gain = 1;
    recipe.model.hidden_bias_scale = 1e5;
    CHECK(cause(recipe) == "likely the initial biases are too large: hidden_bias_scale is 100000");
    recipe.model.hidden_bias_scale = -1;
    recipe.model.hidden_gain = 8; // tanh bounds each layer's sums; without it they grow with the layers
    CHECK(cause(recipe).starts_with("likely a learning rate"));
    recipe.model.activation = NIB_IDENTITY;
    CHECK(has(cause(recipe), "hidden_gain is 8, which makes the sums of hidden.3 about 4.1e+03"));
    for (const Preset& preset : presets()) // the initial weights of none are blamed
        CHECK(cause({preset.model, preset.train}).find("initial") == std::string::npos);
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
    recipe.model.bn_eps = 0;
    CHECK(has(cause(recipe), "(bn_eps 0)"));
    recipe.model.batchnorm = recipe.model.output_batchnorm = 0;
    CHECK(cause(recipe).starts_with("likely a learning rate of 1e-06 "));
}

TEST_CASE("running statistics that stop being finite end a run whose loss is finite")
{
    Recipe recipe; // the variance of the first batch is no float, and divided by it, each unit is 0
    recipe.model.hidden_gain = 1e20;
    Model model = new_model(recipe.model, names());
    Trainer trainer(model, names(), recipe.train, 2, heap());
    float loss = 0;
    const std::string message = error_of(NIB_ERR_DIVERGED, [&] { trainer.run(1, &loss); });
    CHECK(loss == Approx(3.3).margin(0.1));
    CHECK(trainer.step() == 1);
    CHECK(message ==
          "hidden.0.batchnorm.running_var holds a number that is not finite after step 0: likely the initial "
          "weights are too large: hidden_gain is 1e+20, which makes the sums of hidden.0 about 1e+20");
}

TEST_CASE("a parameter that is not finite is seen by an observed step, whatever the loss")
{
    Recipe recipe;
    Model model = new_model(recipe.model, text_of("ab\nab\nab\nab\nab\nab\nab\nab\nab\nabz\n"));
    const Text text("ab\nab\nab\nab\nab\nab\nab\nab\nab\nab\n", "lines", {.vocabulary = &model.vocabulary}, heap());
    Trainer trainer(model, text, recipe.train, 1, heap());
    // The embedding of a symbol that no item has.
    const Tensor& embedding = model.layout.tensors.front();
    *model.at(embedding.offset + 3 * embedding.row_stride) = std::numeric_limits<float>::infinity();
    float loss = 0;
    REQUIRE(trainer.run(1, &loss) == 1);
    CHECK(loss > 0);
    const std::string message = error_of(NIB_ERR_DIVERGED, [&] { trainer.run(1, &loss, true); });
    CHECK(message.starts_with("embedding.weight holds a number that is not finite after step 1: "));
    error_of(NIB_ERR_STATE, [&] { trainer.run(1, nullptr); });
}
