#include "api/small.hpp"

#include <cstdint>
#include <string>
#include <vector>

using namespace nib::test;

namespace {

struct PresetOptions {
    nib_model_options model = sized<nib_model_options>();
    nib_train_options train = sized<nib_train_options>();
};

PresetOptions recipe(const char* name)
{
    PresetOptions options;
    REQUIRE(nib_preset(name, &options.model, &options.train) == NIB_OK);
    return options;
}

} // namespace

TEST_CASE("presets have the names that the header states, in its order")
{
    std::vector<std::string> names;
    for (size_t i = 0; nib_preset_name(i) != nullptr; ++i) names.emplace_back(nib_preset_name(i));
    CHECK(names == std::vector<std::string>{"default", "mlp", "lecture-original", "lecture-softmax", "lecture-tanh",
                                            "lecture-kaiming", "lecture-batchnorm", "lecture-deep", "fashion", "dscnn",
                                            "resnet20", "resnet50"});
    CHECK(nib_preset_name(SIZE_MAX) == nullptr);
}

TEST_CASE("the presets' networks, as a model of them prints them")
{
    const std::string one_layer = "embedding 10, flatten, linear 200";
    const std::string deep_layer = "linear 100 gain=1, batchnorm variance=unbiased, tanh, ";
    const struct {
        const char* name;
        std::string network;
    } presets[] = {
        {"default", "embedding 24, flatten, residual(linear 256, batchnorm, gelu, dropout 0.2, linear 256, batchnorm | "
                    "linear 256), gelu, dropout 0.2, linear gain=0.1"},
        {"mlp", "embedding 24, flatten, linear 256, batchnorm, tanh, linear 256, batchnorm, tanh, linear gain=0.1"},
        {"lecture-original", one_layer + " init=scaled gain=1 bias-init=1, tanh, linear init=scaled bias-init=1"},
        {"lecture-softmax",
         one_layer + " init=scaled gain=1 bias-init=1, tanh, linear init=scaled gain=0.01 bias-init=0"},
        {"lecture-tanh",
         one_layer + " init=scaled gain=0.2 bias-init=0.01, tanh, linear init=scaled gain=0.01 bias-init=0"},
        {"lecture-kaiming", one_layer + " bias-init=0.01, tanh, linear init=scaled gain=0.01 bias-init=0"},
        {"lecture-batchnorm", one_layer + ", batchnorm eps=0 momentum=0.001 variance=unbiased running=std, tanh, "
                                          "linear init=scaled gain=0.01 bias-init=0"},
        {"lecture-deep", "embedding 10, flatten, " + deep_layer + deep_layer + deep_layer + deep_layer + deep_layer +
                             "linear, batchnorm variance=unbiased gain=0.1"},
    };
    const unique<nib_context> context = new_context();
    const unique<nib_dataset> dataset = new_dataset(context.get());
    for (const auto& each : presets) {
        INFO(each.name);
        const auto [model, train] = recipe(each.name);
        nib_model* handle = nullptr;
        REQUIRE(nib_model_create(context.get(), &model, dataset.get(), &handle) == NIB_OK);
        const unique<nib_model> made(handle);
        auto options = sized<nib_model_options>();
        REQUIRE(nib_model_get_options(handle, &options) == NIB_OK);
        CHECK(options.network == each.network);
        const std::string name = each.name;
        CHECK(options.input == std::string(name == "default" ? "symbols context=10"
                                           : name == "mlp"   ? "symbols"
                                                             : "symbols context=3"));
    }
    for (const char* name : {"original", "softmax", "tanh", "kaiming", "batchnorm"})
        CHECK(recipe((std::string("lecture-") + name).c_str()).train.decay_at == 100000);
    CHECK(recipe("lecture-deep").train.decay_at == 150000);
}

TEST_CASE("every lecture preset trains as the lecture does")
{
    for (const std::string name : {"original", "softmax", "tanh", "kaiming", "batchnorm", "deep"}) {
        const auto [model, train] = recipe(("lecture-" + name).c_str());
        CHECK(model.seed == 2147483647u);
        CHECK(train.steps == 200000);
        CHECK(train.batch_size == 32);
        CHECK(train.optimizer == NIB_SGD);
        CHECK(train.schedule == NIB_SCHEDULE_STEP);
        CHECK(train.learning_rate == 0.1);
        CHECK(train.decay_factor == 0.1);
        CHECK(train.warmup_steps == 0);
    }
}

TEST_CASE("either output of nib_preset may be left out")
{
    nib_train_options train{};
    train.struct_size = sizeof train;
    CHECK(nib_preset("default", nullptr, &train) == NIB_OK);
    CHECK(train.optimizer == NIB_ADAMW);
    CHECK(nib_preset("default", nullptr, nullptr) == NIB_OK);
}

TEST_CASE("nib_preset refuses what it does not know, and then writes nothing")
{
    nib_model_options model{};
    model.struct_size = sizeof model;
    nib_train_options train{};
    CHECK(nib_preset(nullptr, &model, nullptr) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(nib_preset("lecture", &model, nullptr) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(nib_preset("default", &model, &train) == NIB_ERR_INVALID_ARGUMENT); // no struct_size
    CHECK(model.network == nullptr);
    model.struct_size = sizeof model + 8;
    CHECK(nib_preset("default", &model, nullptr) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(model.network == nullptr);
}
