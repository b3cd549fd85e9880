#include "catch.hpp"
#include "nib/nib.h"

#include <cmath>
#include <string>
#include <vector>

namespace {

struct Recipe {
    nib_model_options model{};
    nib_train_options train{};
};

Recipe recipe(const char* name)
{
    Recipe r;
    r.model.struct_size = sizeof r.model;
    r.train.struct_size = sizeof r.train;
    REQUIRE(nib_preset(name, &r.model, &r.train) == NIB_OK);
    return r;
}

} // namespace

TEST_CASE("presets have the names that the header states, in its order")
{
    std::vector<std::string> names;
    for (size_t i = 0; nib_preset_name(i) != nullptr; ++i) names.emplace_back(nib_preset_name(i));
    CHECK(names == std::vector<std::string>{"default", "lecture-original", "lecture-softmax", "lecture-tanh",
                                            "lecture-kaiming", "lecture-batchnorm", "lecture-deep"});
    CHECK(nib_preset_name(SIZE_MAX) == nullptr);
}

TEST_CASE("the stages of the one-layer network differ as in the lecture")
{
    struct Stage {
        const char* name;
        nib_weight_init init;
        double hidden_bias, output_gain, output_bias;
        int batchnorm;
    };
    const Stage stages[] = {
        {"lecture-original", NIB_WEIGHT_SCALED, 1, 1, 1, 0},
        {"lecture-softmax", NIB_WEIGHT_SCALED, 1, 0.01, 0, 0},
        {"lecture-tanh", NIB_WEIGHT_SCALED, 0.01, 0.01, 0, 0},
        {"lecture-kaiming", NIB_WEIGHT_FAN_IN, 0.01, 0.01, 0, 0},
        {"lecture-batchnorm", NIB_WEIGHT_FAN_IN, 0.01, 0.01, 0, 1},
    };
    for (const Stage& stage : stages) {
        INFO(stage.name);
        const auto [model, train] = recipe(stage.name);
        CHECK(model.context_length == 3);
        CHECK(model.embedding_size == 10);
        CHECK(model.hidden_size == 200);
        CHECK(model.hidden_layers == 1);
        CHECK(model.hidden_init == stage.init);
        CHECK(model.hidden_bias_scale == stage.hidden_bias);
        CHECK(model.output_gain == stage.output_gain);
        CHECK(model.output_bias_scale == stage.output_bias);
        CHECK(model.batchnorm == stage.batchnorm);
        CHECK(model.output_batchnorm == 0);
        CHECK(model.bn_running == NIB_BN_RUNNING_STD);
        CHECK(train.decay_at == 100000);
    }
    CHECK(recipe("lecture-softmax").model.hidden_gain == 1);
    CHECK(recipe("lecture-tanh").model.hidden_gain == 0.2);
}

TEST_CASE("every lecture preset trains as the lecture does")
{
    for (size_t i = 1; nib_preset_name(i) != nullptr; ++i) {
        const auto [model, train] = recipe(nib_preset_name(i));
        CHECK(model.seed == 2147483647u);
        CHECK(model.activation == NIB_TANH);
        CHECK(train.steps == 200000);
        CHECK(train.batch_size == 32);
        CHECK(train.optimizer == NIB_SGD);
        CHECK(train.schedule == NIB_SCHEDULE_STEP);
        CHECK(train.learning_rate == 0.1);
        CHECK(train.decay_factor == 0.1);
        CHECK(train.warmup_steps == 0);
    }
}

TEST_CASE("the deep network")
{
    const auto [model, train] = recipe("lecture-deep");
    CHECK(model.hidden_layers == 5);
    CHECK(model.hidden_size == 100);
    CHECK(model.output_batchnorm == 1);
    CHECK(model.output_bn_gain == 0.1);
    CHECK(model.bn_variance == NIB_BN_UNBIASED);
    CHECK(model.bn_running == NIB_BN_RUNNING_VARIANCE);
    CHECK(train.decay_at == 150000);
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
    CHECK(model.context_length == 0);
    model.struct_size = sizeof model + 8;
    CHECK(nib_preset("default", &model, nullptr) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(model.context_length == 0);
}
