#include "net/inference.hpp"

#include "base/error.hpp"
#include "catch.hpp"
#include "models.hpp"
#include "numbers.hpp"
#include "reference.hpp"

using namespace nib;
using namespace nib::test;

namespace {

// The network of a golden case after its step: the parameters, and statistics_after.
Model model_of(const Json& golden_case)
{
    Model model(model_options(golden_case.at("model")), vocabulary_of_size(golden_case.at("vocabulary")), heap());
    for (const Tensor& tensor : model.layout.tensors) {
        const std::vector<float> values = golden_case.at("parameters").at(tensor.name);
        write_tensor(tensor, values.data(), model.parameters.data());
    }
    const bool is_std = model.options.bn_running == NIB_BN_RUNNING_STD;
    for (std::size_t i = 0; i < model.layout.layers.size(); ++i) {
        const Layer& layer = model.layout.layers[i];
        if (!layer.norm) continue;
        const std::string name = i + 1 == model.layout.layers.size() ? "output" : "hidden." + std::to_string(i);
        const Json& statistics = golden_case.at("statistics_after");
        const std::vector<float> mean = statistics.at(name + ".batchnorm.running_mean");
        std::vector<float> variance = statistics.at(name + ".batchnorm.running_var");
        for (float& each : variance) each = is_std ? std::sqrt(each) : each;
        std::ranges::copy(mean, model.running.data() + layer.running_mean);
        std::ranges::copy(variance, model.running.data() + layer.running_variance);
    }
    return model;
}

std::vector<float> logits_of(const Model& model, const std::vector<std::int32_t>& contexts, int threads)
{
    const auto length = static_cast<std::size_t>(model.layout.context_length);
    std::vector<float> logits(contexts.size() / length * static_cast<std::size_t>(model.layout.vocabulary));
    model_logits(model, contexts, logits.data(), threads);
    return logits;
}

std::vector<std::int32_t> random_contexts(const Model& model, int count, Numbers& numbers)
{
    std::vector<std::int32_t> contexts(static_cast<std::size_t>(count * model.layout.context_length));
    for (std::int32_t& id : contexts) id = numbers.between(0, static_cast<int>(model.layout.vocabulary) - 1);
    return contexts;
}

// lecture-deep's shape with statistics that leave no term out.
Model deep_model(Numbers& numbers)
{
    Model model(find_preset("lecture-deep")->model, vocabulary_of_size(27), heap());
    initialise(model);
    for (const Layer& layer : model.layout.layers) {
        for (std::ptrdiff_t i = 0; i < layer.outputs; ++i) {
            model.running.data()[layer.running_mean + i] = numbers();
            model.running.data()[layer.running_variance + i] = 1.0f + 0.5f * numbers();
            model.at(layer.shift)[i] = numbers(0.3f);
        }
    }
    return model;
}

} // namespace

TEST_CASE("evaluation logits are PyTorch's")
{
    for (const Json& each : golden("gradients.json").at("cases")) {
        const Model model = model_of(each);
        std::vector<std::int32_t> contexts;
        Vector expected;
        for (const Json& context : each.at("contexts")) {
            for (const Json& id : context) contexts.push_back(id);
        }
        for (const Json& row : each.at("evaluation_logits")) {
            for (const Json& logit : row) expected.push_back(logit);
        }
        CAPTURE(each.at("name").get<std::string>());
        CHECK(largest_difference(logits_of(model, contexts, 1), expected) < 5e-6); // the goldens' README
    }
}

TEST_CASE("logits of any number of contexts, in double")
{
    // Logits up to 3, through six layers of 100 inputs: 16 units in the last place of 3.
    constexpr double tolerance = 4e-6;
    Numbers numbers(1);
    const Model model = deep_model(numbers);
    Reference reference(model);
    for (const int count : {1, 2, 15, 16, 17, 63, 64, 65, 129, 200}) {
        const std::vector<std::int32_t> contexts = random_contexts(model, count, numbers);
        Vector expected;
        for (const Vector& row : reference.logits(contexts, false)) {
            expected.insert(expected.end(), row.begin(), row.end());
        }
        CAPTURE(count);
        CHECK(largest_difference(logits_of(model, contexts, 1), expected) < tolerance);
    }
}

TEST_CASE("logits do not depend on threads or on the company of other contexts")
{
    Numbers numbers(2);
    const Model model = deep_model(numbers);
    const std::vector<std::int32_t> contexts = random_contexts(model, 200, numbers);
    const std::vector<float> logits = logits_of(model, contexts, 1);
    for (const int threads : {2, 3, 4, 7}) CHECK(bit_difference(logits_of(model, contexts, threads), logits) == "");
    for (const std::size_t i : {0u, 63u, 64u, 199u}) {
        const std::vector<std::int32_t> one(contexts.begin() + static_cast<std::ptrdiff_t>(3 * i),
                                            contexts.begin() + static_cast<std::ptrdiff_t>(3 * i + 3));
        CHECK(bit_difference(logits_of(model, one, 1), std::span(logits).subspan(27 * i, 27)) == "");
    }
    CHECK(logits_of(model, {}, 2).empty());
}

TEST_CASE("an id that the vocabulary lacks is refused")
{
    Numbers numbers(3);
    const Model model = deep_model(numbers);
    for (const std::int32_t id : {27, -1, 1 << 20}) {
        float logits[27] = {};
        try {
            model_logits(model, std::vector<std::int32_t>{0, id, 0}, logits, 1);
            FAIL("the id " << id << " was accepted");
        } catch (const Error& error) {
            CHECK(error.status() == NIB_ERR_INVALID_ARGUMENT);
            CHECK(std::string(error.what()).find(std::to_string(id)) != std::string::npos);
        }
        for (const float each : logits) CHECK(each == 0.0f);
    }
}
