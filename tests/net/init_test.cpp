#include "activations.hpp"
#include "activations/description.hpp"
#include "catch.hpp"
#include "fingerprint.hpp"
#include "goldens.hpp"
#include "io/metadata.hpp"
#include "models.hpp"
#include "numbers.hpp"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

Model initialised(ModelSpec spec, std::int32_t vocabulary = 27)
{
    Model model = empty_model(std::move(spec), vocabulary_of_size(vocabulary));
    initialise(model);
    return model;
}
Model initialised(const std::string& network, std::int32_t vocabulary = 27)
{
    return initialised(spec_of(network, 3), vocabulary);
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

TEST_CASE("every preset begins with PyTorch's numbers")
{
    // tests/goldens/README.md: logarithm, sine and cosine of randn differ in their last bits.
    constexpr FingerprintTolerance tolerance{1e-6, 1e-6, 0.0, 1e-5, 1e-6};
    for (const Json& preset : golden("presets.json").at("presets")) {
        const Model model = initialised(spec_of(find_preset(preset.at("name").get<std::string>())->model));
        for (const Tensor& tensor : model.layout.tensors) {
            CAPTURE(preset.at("name").get<std::string>(), tensor.name);
            const std::vector<float> values = tensor_values(tensor, model.parameters.data());
            CHECK(fingerprint_difference(values, preset.at("tensors").at(tensor.name), tolerance) == "");
        }
    }
}

TEST_CASE("a gain that is not given is Kaiming's of the activation")
{
    CHECK(activations::description_of(NIB_TANH).gain == 5.0 / 3.0);
    CHECK(activations::description_of(NIB_RELU).gain == std::sqrt(2.0));
    CHECK(activations::description_of(NIB_IDENTITY).gain == 1.0);
    for (const nib_activation activation : all_activations()) {
        INFO(activation_text(activation));
        MlpText text = {.context = 3, .hidden = 100, .activation = activation_text(activation)};
        const Model model = initialised(spec_of(text));
        const double gain = activations::description_of(activation).gain;
        text.linear_keys = "gain=" + shortest(gain);
        CHECK(bit_difference(state_of(model), state_of(initialised(spec_of(text)))) == "");
        // 10,000 normal numbers: their deviation is known to 0.7%.
        CHECK(standard_deviation(values_of(model, "5.weight")) == Approx(gain / std::sqrt(100.0)).epsilon(0.03));
    }
}

TEST_CASE("scales and bias scales")
{
    const Model one = initialised("embedding 10, flatten, linear 200 init=scaled gain=1 bias-init=1, tanh, "
                                  "linear init=scaled gain=1 bias-init=1");
    const Model scaled = initialised("embedding 10, flatten, linear 200 init=scaled gain=0.25 bias-init=0.5, tanh, "
                                     "linear init=scaled gain=0.125 bias-init=0");
    const auto check_scaled = [&](const char* name, float scale) {
        std::vector<float> expected = values_of(one, name);
        for (float& each : expected) each *= scale;
        CAPTURE(name);
        CHECK(largest_difference(values_of(scaled, name), expected) == 0.0);
    };
    check_scaled("0.weight", 1.0f);
    check_scaled("2.weight", 0.25f);
    check_scaled("2.bias", 0.5f);
    check_scaled("4.weight", 0.125f);
    check_scaled("4.bias", 0.0f);
}

TEST_CASE("a bias scale that is not given draws nothing")
{
    const Model drawn = initialised("embedding 10, flatten, linear 200 bias-init=0, tanh, linear");
    const Model not_drawn = initialised("embedding 10, flatten, linear 200, tanh, linear");
    for (const float each : values_of(not_drawn, "2.bias")) CHECK(each == 0.0f);
    for (const float each : values_of(drawn, "2.bias")) CHECK(each == 0.0f);
    CHECK(values_of(drawn, "2.weight") == values_of(not_drawn, "2.weight"));
    CHECK(values_of(drawn, "4.weight") != values_of(not_drawn, "4.weight"));
}

TEST_CASE("layers are drawn in the order of the list, depth first, a residual's main before its shortcut")
{
    const Model model = initialised("embedding 2, flatten, residual(linear 4 init=scaled gain=1, identity, "
                                    "residual(linear 4 init=scaled gain=1) | linear 4 init=scaled gain=1 bias-init=1), "
                                    "linear init=scaled gain=1",
                                    5);
    Generator generator(model.seed);
    const auto check_drawn = [&](const char* name, std::size_t rows, std::size_t columns, bool as_drawn) {
        std::vector<float> drawn(rows * columns), expected(rows * columns);
        randn(generator, drawn);
        for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t c = 0; c < columns; ++c)
                expected[r * columns + c] = drawn[as_drawn ? r * columns + c : c * rows + r];
        }
        CAPTURE(name);
        CHECK(bit_difference(values_of(model, name), expected) == "");
    };
    check_drawn("0.weight", 5, 2, true);
    check_drawn("2.0.weight", 4, 6, false);
    check_drawn("2.2.0.weight", 4, 4, false);
    check_drawn("2.shortcut.0.weight", 4, 6, false);
    check_drawn("2.shortcut.0.bias", 4, 1, true);
    check_drawn("3.weight", 5, 4, false);
}

TEST_CASE("layer normalisation begins as the identity")
{
    const Model model = initialised("embedding 10, flatten, linear 9, layernorm, tanh, linear");
    CHECK(values_of(model, "3.weight") == std::vector<float>(9, 1.0f));
    CHECK(values_of(model, "3.bias") == std::vector<float>(9, 0.0f));
}

TEST_CASE("batch normalisation begins as the identity, one with a gain with that")
{
    const Model model =
        initialised("embedding 10, flatten, linear 100, batchnorm, tanh, linear, batchnorm gain=0.25", 5);
    CHECK(values_of(model, "3.weight") == std::vector<float>(100, 1.0f));
    CHECK(values_of(model, "3.bias") == std::vector<float>(100, 0.0f));
    CHECK(values_of(model, "6.weight") == std::vector<float>(5, 0.25f));
    CHECK(values_of(model, "6.bias") == std::vector<float>(5, 0.0f));
    REQUIRE(model.layout.running.size() == 2);
    for (const Running& running : model.layout.running) {
        for (std::ptrdiff_t i = 0; i < running.size; ++i) {
            CHECK(model.running[static_cast<std::size_t>(running.mean + i)] == 0.0f);
            CHECK(model.running[static_cast<std::size_t>(running.spread + i)] == 1.0f);
        }
    }
}

TEST_CASE("the padding of weight rows is 0")
{
    const Model model = initialised(spec_of(find_preset("lecture-deep")->model));
    double sum = 0.0, padded_sum = 0.0;
    for (const float each : state_of(model)) sum += std::abs(each);
    for (const float each : model.parameters) padded_sum += std::abs(each);
    for (const float each : model.running) padded_sum += std::abs(each);
    CHECK(padded_sum == Approx(sum).epsilon(1e-12));
}

TEST_CASE("tensors are read and written in PyTorch's order")
{
    Model model = empty_model(spec_of(find_preset("lecture-batchnorm")->model), vocabulary_of_size(6));
    float next = 0.0f;
    std::vector<float> expected;
    for (const Tensor& tensor : model.layout.tensors) {
        std::vector<float> values(static_cast<std::size_t>(tensor.rows * tensor.columns));
        for (float& each : values) expected.push_back(each = next++);
        write_tensor(tensor, values.data(), model.parameters.data());
    }
    std::vector<float> state = state_of(model);
    state.resize(expected.size()); // the running statistics follow
    CHECK(bit_difference(state, expected) == "");
    const Tensor &embedding = model.layout.tensor(0, 0), &weight = model.layout.tensor(2, 0);
    CHECK(model.at(weight.offset)[2 * weight.row_stride + 3] == values_of(model, "2.weight")[2 * 30 + 3]);
    CHECK(model.at(embedding.offset)[4 * embedding.column_stride + 5] == values_of(model, "0.weight")[5 * 10 + 4]);
}
