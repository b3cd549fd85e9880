// Small data sets, models and files made from them, for the tests of the C ABI.
#pragma once

#include "api/plain.hpp"
#include "catch.hpp"
#include "nib/nib.hpp"

#include <cstring>
#include <string>

namespace nib::test {

inline unique<nib_context> new_context(int threads = 2)
{
    auto options = sized<nib_context_options>();
    REQUIRE(nib_context_options_default(&options) == NIB_OK);
    options.threads = threads;
    nib_context* context = nullptr;
    REQUIRE(nib_context_create(&options, &context) == NIB_OK);
    return unique<nib_context>(context);
}

inline unique<nib_dataset> new_dataset(nib_context* context, const std::string& text = small_text)
{
    nib_dataset* dataset = nullptr;
    REQUIRE(nib_dataset_from_memory(context, text.data(), text.size(), "names", nullptr, &dataset) == NIB_OK);
    return unique<nib_dataset>(dataset);
}

// The network of a preset made small: embedding 4, and two blocks with this many units. With the preset lecture-deep,
// its ten tensors are 0.weight, 2.weight, 3.weight, 3.bias, 5.weight, 6.weight, 6.bias, 8.weight, 9.weight and 9.bias.
inline std::string small_network(const std::string& preset, int units = 12, const std::string& activation = "tanh")
{
    const std::string linear = "linear " + std::to_string(units), block_end = ", " + activation + "), ";
    const std::string begin = "embedding 4, flatten, 2 x (" + linear;
    if (preset == "lecture-deep")
        return begin + " gain=1, batchnorm variance=unbiased" + block_end +
               "linear, batchnorm variance=unbiased gain=0.1";
    if (preset == "lecture-original")
        return begin + " init=scaled gain=1 bias-init=1" + block_end + "linear init=scaled bias-init=1";
    return begin + ", batchnorm" + block_end + "linear gain=0.1";
}

// A preset made small.
struct Recipe {
    explicit Recipe(const char* preset = "lecture-deep")
    {
        auto options = sized<nib_model_options>();
        REQUIRE(nib_preset(preset, &options, &train) == NIB_OK);
        set_network(options, small_network(preset));
        train.steps = 50;
        train.batch_size = 8;
    }
    void set_network(nib_model_options options, const std::string& network)
    {
        options.network = network.c_str();
        model = options;
    }
    void set_network(const std::string& network) { set_network(model, network); }

    nib::model_options model;
    nib_train_options train = sized<nib_train_options>();
};

inline unique<nib_model> new_model(nib_context* context, const nib_dataset* dataset, const Recipe& recipe = Recipe())
{
    nib_model* model = nullptr;
    REQUIRE(nib_model_create(context, &recipe.model, dataset, &model) == NIB_OK);
    return unique<nib_model>(model);
}

inline unique<nib_trainer> new_trainer(nib_context* context, nib_model* model, const nib_dataset* dataset,
                                       const nib_train_options& options)
{
    nib_trainer* trainer = nullptr;
    REQUIRE(nib_trainer_create(context, model, dataset, &options, &trainer) == NIB_OK);
    return unique<nib_trainer>(trainer);
}

// A model trained for the recipe's steps, so that its running statistics differ from the initial ones.
inline unique<nib_model> new_trained_model(nib_context* context, const nib_dataset* dataset,
                                           const Recipe& recipe = Recipe())
{
    unique<nib_model> model = new_model(context, dataset, recipe);
    const unique<nib_trainer> trainer = new_trainer(context, model.get(), dataset, recipe.train);
    REQUIRE(nib_trainer_run(trainer.get(), recipe.train.steps, nullptr, nullptr) == NIB_OK);
    return model;
}

inline unique<nib_folded> new_folded(nib_model* model)
{
    nib_folded* folded = nullptr;
    REQUIRE(nib_fold(model, nullptr, &folded) == NIB_OK);
    return unique<nib_folded>(folded);
}

inline bool says(const nib_context* context, const char* words)
{
    INFO(nib_context_message(context));
    const bool found = std::strstr(nib_context_message(context), words) != nullptr;
    CHECK(found);
    return found;
}

} // namespace nib::test

// The call must be refused as a wrong argument, with the words in the context's message.
#define CHECK_REFUSED(context, call, words)                                                                            \
    do {                                                                                                               \
        CHECK((call) == NIB_ERR_INVALID_ARGUMENT);                                                                     \
        nib::test::says(context, words);                                                                               \
    } while (false)
