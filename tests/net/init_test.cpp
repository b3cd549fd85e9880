#include "activations.hpp"
#include "activations/description.hpp"
#include "catch.hpp"
#include "fingerprint.hpp"
#include "models.hpp"
#include "numbers.hpp"

#include <cmath>

using namespace nib;
using namespace nib::test;

namespace {

Model initialised(const nib_model_options& options, std::int32_t vocabulary = 27)
{
    Model model(options, vocabulary_of_size(vocabulary), heap());
    initialise(model);
    return model;
}

double standard_deviation(const std::vector<float>& values)
{
    double square = 0.0;
    for (const double each : values) square += each * each;
    return std::sqrt(square / static_cast<double>(values.size()));
}

std::vector<float> values_of(const Model& model, const std::string& name)
{
    for (const Tensor& tensor : model.layout.tensors) {
        if (tensor.name == name) return tensor_values(tensor, model.parameters.data());
    }
    throw std::runtime_error("no tensor is called " + name);
}

} // namespace

TEST_CASE("every lecture preset begins with PyTorch's numbers")
{
    // tests/goldens/README.md: logarithm, sine and cosine of randn differ in their last bits.
    constexpr FingerprintTolerance tolerance{1e-6, 1e-6, 0.0, 1e-5, 1e-6};
    for (const Json& preset : golden("presets.json").at("presets")) {
        const Model model = initialised(find_preset(preset.at("name").get<std::string>())->model);
        for (const Tensor& tensor : model.layout.tensors) {
            CAPTURE(preset.at("name").get<std::string>(), tensor.name);
            const std::vector<float> values = tensor_values(tensor, model.parameters.data());
            CHECK(fingerprint_difference(values, preset.at("tensors").at(tensor.name), tolerance) == "");
        }
    }
}

TEST_CASE("a gain of 0 is Kaiming's of the activation")
{
    CHECK(activations::description_of(NIB_TANH).gain == 5.0 / 3.0);
    CHECK(activations::description_of(NIB_RELU).gain == std::sqrt(2.0));
    CHECK(activations::description_of(NIB_IDENTITY).gain == 1.0);
    for (const nib_activation activation : all_activations()) {
        nib_model_options o = find_preset("lecture-deep")->model;
        o.activation = activation;
        o.hidden_gain = 0.0;
        const Model model = initialised(o);
        o.hidden_gain = activations::description_of(activation).gain;
        CHECK(bit_difference(state_of(model), state_of(initialised(o))) == "");
        // 10,000 normal numbers: their deviation is known to 0.7%.
        CHECK(standard_deviation(values_of(model, "hidden.1.linear.weight")) ==
              Approx(o.hidden_gain / std::sqrt(100.0)).epsilon(0.03));
    }
}

TEST_CASE("scales and bias scales")
{
    nib_model_options o = find_preset("lecture-original")->model;
    const Model one = initialised(o);
    o.hidden_gain = 0.25;
    o.hidden_bias_scale = 0.5;
    o.output_gain = 0.125;
    o.output_bias_scale = 0.0;
    const Model scaled = initialised(o);
    const auto check_scaled = [&](const char* name, float scale) {
        std::vector<float> expected = values_of(one, name);
        for (float& each : expected) each *= scale;
        CAPTURE(name);
        CHECK(largest_difference(values_of(scaled, name), expected) == 0.0);
    };
    check_scaled("embedding.weight", 1.0f);
    check_scaled("hidden.0.linear.weight", 0.25f);
    check_scaled("hidden.0.linear.bias", 0.5f);
    check_scaled("output.linear.weight", 0.125f);
    check_scaled("output.linear.bias", 0.0f);
}

TEST_CASE("a negative bias scale draws nothing")
{
    nib_model_options o = find_preset("lecture-original")->model;
    o.hidden_bias_scale = 0.0;
    const Model drawn = initialised(o);
    o.hidden_bias_scale = -1.0;
    const Model not_drawn = initialised(o);
    for (const float each : values_of(not_drawn, "hidden.0.linear.bias")) CHECK(each == 0.0f);
    CHECK(values_of(drawn, "hidden.0.linear.weight") == values_of(not_drawn, "hidden.0.linear.weight"));
    CHECK(values_of(drawn, "output.linear.weight") != values_of(not_drawn, "output.linear.weight"));
}

TEST_CASE("batch normalisation begins as the identity, the last one with its gain")
{
    nib_model_options o = find_preset("lecture-deep")->model;
    o.output_bn_gain = 0.25;
    const Model model = initialised(o, 5);
    CHECK(values_of(model, "hidden.4.batchnorm.weight") == std::vector<float>(100, 1.0f));
    CHECK(values_of(model, "hidden.4.batchnorm.bias") == std::vector<float>(100, 0.0f));
    CHECK(values_of(model, "output.batchnorm.weight") == std::vector<float>(5, 0.25f));
    CHECK(values_of(model, "output.batchnorm.bias") == std::vector<float>(5, 0.0f));
    for (const Layer& layer : model.layout.layers) {
        CHECK(model.running[static_cast<std::size_t>(layer.running_mean)] == 0.0f);
        CHECK(model.running[static_cast<std::size_t>(layer.running_variance)] == 1.0f);
    }
}

TEST_CASE("the padding of weight rows is 0")
{
    const Model model = initialised(find_preset("lecture-deep")->model);
    double sum = 0.0, padded_sum = 0.0;
    for (const float each : state_of(model)) sum += std::abs(each);
    for (const float each : model.parameters) padded_sum += std::abs(each);
    for (const float each : model.running) padded_sum += std::abs(each);
    CHECK(padded_sum == Approx(sum).epsilon(1e-12));
}

TEST_CASE("tensors are read and written in PyTorch's order")
{
    Model model(find_preset("lecture-batchnorm")->model, vocabulary_of_size(6), heap());
    float next = 0.0f;
    std::vector<float> expected;
    for (const Tensor& tensor : model.layout.tensors) {
        std::vector<float> values(static_cast<std::size_t>(tensor.rows * tensor.columns));
        for (float& each : values) expected.push_back(each = next++);
        write_tensor(tensor, values.data(), model.parameters.data());
    }
    std::vector<float> state = state_of(model);
    state.resize(expected.size()); // the running statistics come behind
    CHECK(bit_difference(state, expected) == "");
    const Layer& layer = model.layout.layers.front();
    CHECK(model.at(layer.weight)[2 * layer.weight_stride + 3] ==
          values_of(model, "hidden.0.linear.weight")[2 * 30 + 3]);
    CHECK(model.at(model.layout.embedding)[4 * model.layout.embedding_stride + 5] ==
          values_of(model, "embedding.weight")[5 * 10 + 4]);
}
