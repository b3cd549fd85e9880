#include "nn/check_options.hpp"

#include "base/error.hpp"
#include "catch.hpp"
#include "nn/presets.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

using namespace nib;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

// The sentence of the error that check_options throws, "" for none.
template <class... Options>
std::string complaint(const Options&... options)
{
    try {
        check_options(options...);
    } catch (const Error& error) {
        CHECK(error.status() == NIB_ERR_INVALID_ARGUMENT);
        return error.what();
    }
    return "";
}

bool begins_with(const std::string& text, const std::string& start)
{
    return text.compare(0, start.size(), start) == 0;
}

template <class Field, class Value>
void refuses_model(Field nib_model_options::*field, const char* name, std::initializer_list<Value> values)
{
    for (const Value value : values) {
        nib_model_options options = find_preset("lecture-deep")->model;
        options.*field = static_cast<Field>(value);
        CAPTURE(name, value);
        CHECK(begins_with(complaint(options), std::string(name) + " is "));
    }
}

template <class Field, class Value>
void refuses_train(Field nib_train_options::*field, const char* name, std::initializer_list<Value> values)
{
    const Preset& preset = *find_preset("lecture-deep");
    for (const Value value : values) {
        nib_train_options options = preset.train;
        options.*field = static_cast<Field>(value);
        CAPTURE(name, value);
        CHECK(begins_with(complaint(options, preset.model), std::string(name) + " is "));
    }
}

} // namespace

TEST_CASE("every preset is in range")
{
    for (const Preset& preset : presets()) {
        CHECK(complaint(preset.model) == "");
        CHECK(complaint(preset.train, preset.model) == "");
    }
}

TEST_CASE("the message names field, value and range")
{
    nib_model_options options = find_preset("default")->model;
    options.hidden_size = 65537;
    CHECK(complaint(options) == "hidden_size is 65537: expected 1 to 65536");
}

TEST_CASE("each field of the model options has its range")
{
    using O = nib_model_options;
    refuses_model(&O::context_length, "context_length", {-1, 0, 257});
    refuses_model(&O::embedding_size, "embedding_size", {-1, 0, 4097});
    refuses_model(&O::hidden_size, "hidden_size", {-1, 0, 65537});
    refuses_model(&O::hidden_layers, "hidden_layers", {-1, 65});
    refuses_model(&O::activation, "activation", {3});
    refuses_model(&O::batchnorm, "batchnorm", {-1, 2});
    refuses_model(&O::output_batchnorm, "output_batchnorm", {-1, 2});
    refuses_model(&O::bn_variance, "bn_variance", {2});
    refuses_model(&O::bn_running, "bn_running", {2});
    refuses_model(&O::bn_eps, "bn_eps", {-1e-9, not_a_number, infinity});
    refuses_model(&O::bn_momentum, "bn_momentum", {0.0, -0.1, 1.001, not_a_number});
    refuses_model(&O::hidden_init, "hidden_init", {2});
    refuses_model(&O::hidden_gain, "hidden_gain", {-1.0, not_a_number, infinity});
    refuses_model(&O::hidden_bias_scale, "hidden_bias_scale", {not_a_number, infinity});
    refuses_model(&O::output_init, "output_init", {2});
    refuses_model(&O::output_gain, "output_gain", {-1.0, not_a_number, infinity});
    refuses_model(&O::output_bias_scale, "output_bias_scale", {not_a_number, -infinity});
    refuses_model(&O::output_bn_gain, "output_bn_gain", {not_a_number, infinity});
}

TEST_CASE("each field of the training options has its range")
{
    using O = nib_train_options;
    refuses_train(&O::steps, "steps", {std::int64_t{0}, std::int64_t{-1}, (std::int64_t{1} << 40) + 1});
    refuses_train(&O::batch_size, "batch_size", {-1, 0, 1, 1048577});
    refuses_train(&O::optimizer, "optimizer", {2});
    refuses_train(&O::schedule, "schedule", {2});
    refuses_train(&O::learning_rate, "learning_rate", {0.0, -0.1, not_a_number, infinity});
    refuses_train(&O::decay_at, "decay_at", {-1});
    refuses_train(&O::decay_factor, "decay_factor", {0.0, not_a_number});
    refuses_train(&O::min_learning_rate, "min_learning_rate", {-0.1, not_a_number});
    refuses_train(&O::warmup_steps, "warmup_steps", {-1});
    refuses_train(&O::adam_beta1, "adam_beta1", {-0.1, 1.0, not_a_number});
    refuses_train(&O::adam_eps, "adam_eps", {0.0, 1e-50, not_a_number});
    refuses_train(&O::weight_decay, "weight_decay", {-0.1, not_a_number});

    nib_train_options options = find_preset("default")->train;
    options.adam_beta2 = 1;
    CHECK(complaint(options, find_preset("default")->model) != "");
}

TEST_CASE("a batch of one is for networks without batch normalisation")
{
    nib_train_options train = find_preset("lecture-kaiming")->train;
    train.batch_size = 1;
    CHECK(complaint(train, find_preset("lecture-kaiming")->model) == "");
    CHECK(complaint(train, find_preset("lecture-batchnorm")->model) != "");
}
