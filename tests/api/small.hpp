// Small data sets, models and what is made of them, for the tests of the C ABI.
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

// A preset made small.
struct Recipe {
    explicit Recipe(const char* preset = "lecture-deep")
    {
        REQUIRE(nib_preset(preset, &model, &train) == NIB_OK);
        model.embedding_size = 4;
        model.hidden_size = 12;
        model.hidden_layers = 2;
        train.steps = 50;
        train.batch_size = 8;
    }
    nib_model_options model = sized<nib_model_options>();
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

// A model that has been trained for the steps of the recipe, so that its running statistics are not those of the start.
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

// The call is refused as a wrong argument, and the context's message has the words.
#define CHECK_REFUSED(context, call, words)                                                                            \
    do {                                                                                                               \
        CHECK((call) == NIB_ERR_INVALID_ARGUMENT);                                                                     \
        nib::test::says(context, words);                                                                               \
    } while (false)
