// Handles with owners, and a small data set, for the tests of the C ABI.
#pragma once

#include "catch.hpp"
#include "nib/nib.h"

#include <cstring>
#include <memory>
#include <string>

namespace nib::test {

template <auto destroy>
struct Destroy {
    template <class Handle>
    void operator()(Handle* handle) const noexcept
    {
        destroy(handle);
    }
};

using ContextHandle = std::unique_ptr<nib_context, Destroy<nib_context_destroy>>;
using DatasetHandle = std::unique_ptr<nib_dataset, Destroy<nib_dataset_destroy>>;
using ModelHandle = std::unique_ptr<nib_model, Destroy<nib_model_destroy>>;
using TrainerHandle = std::unique_ptr<nib_trainer, Destroy<nib_trainer_destroy>>;
using FoldedHandle = std::unique_ptr<nib_folded, Destroy<nib_folded_destroy>>;
using SamplerHandle = std::unique_ptr<nib_sampler, Destroy<nib_sampler_destroy>>;

template <class Struct>
Struct sized()
{
    Struct s{};
    s.struct_size = sizeof s;
    return s;
}

// A number as the value of an enumeration that lacks it: what a C program may pass.
template <class Enum>
Enum unknown(int number)
{
    static_assert(sizeof(Enum) == sizeof number);
    Enum value;
    std::memcpy(&value, &number, sizeof value);
    return value;
}

// Twenty names: 16 train, 2 validate, 2 test.
inline constexpr char small_text[] = "emma\nolivia\nnoah\nliam\nava\nsophia\nwilliam\nmason\njames\nisabella\n"
                                     "benjamin\njacob\nmia\nmichael\nelijah\nethan\ncharlotte\nalexander\namelia\njo\n";

inline ContextHandle new_context(int threads = 2)
{
    auto options = sized<nib_context_options>();
    REQUIRE(nib_context_options_default(&options) == NIB_OK);
    options.threads = threads;
    nib_context* context = nullptr;
    REQUIRE(nib_context_create(&options, &context) == NIB_OK);
    return ContextHandle(context);
}

inline DatasetHandle new_dataset(nib_context* context, const std::string& text = small_text)
{
    nib_dataset* dataset = nullptr;
    REQUIRE(nib_dataset_from_memory(context, text.data(), text.size(), "names", nullptr, &dataset) == NIB_OK);
    return DatasetHandle(dataset);
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

inline ModelHandle new_model(nib_context* context, const nib_dataset* dataset, const Recipe& recipe = Recipe())
{
    nib_model* model = nullptr;
    REQUIRE(nib_model_create(context, &recipe.model, dataset, &model) == NIB_OK);
    return ModelHandle(model);
}

inline TrainerHandle new_trainer(nib_context* context, nib_model* model, const nib_dataset* dataset,
                                 const nib_train_options& options)
{
    nib_trainer* trainer = nullptr;
    REQUIRE(nib_trainer_create(context, model, dataset, &options, &trainer) == NIB_OK);
    return TrainerHandle(trainer);
}

// A model that has been trained for the steps of the recipe, so that its running statistics are not those of the start.
inline ModelHandle new_trained_model(nib_context* context, const nib_dataset* dataset, const Recipe& recipe = Recipe())
{
    ModelHandle model = new_model(context, dataset, recipe);
    const TrainerHandle trainer = new_trainer(context, model.get(), dataset, recipe.train);
    REQUIRE(nib_trainer_run(trainer.get(), recipe.train.steps, nullptr, nullptr) == NIB_OK);
    return model;
}

inline FoldedHandle new_folded(nib_model* model)
{
    nib_folded* folded = nullptr;
    REQUIRE(nib_fold(model, nullptr, &folded) == NIB_OK);
    return FoldedHandle(folded);
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
