#include "net/inference.hpp"

#include "base/error.hpp"
#include "catch.hpp"
#include "goldens.hpp"
#include "lists.hpp"
#include "models.hpp"
#include "numbers.hpp"
#include "reference.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

// The network of a golden case after its step: the parameters, and statistics_after.
Model model_of(const Json& golden_case)
{
    Model model =
        empty_model(spec_of(model_options(golden_case.at("model"))), vocabulary_of_size(golden_case.at("vocabulary")));
    for (const Tensor& tensor : model.layout.tensors) {
        const std::vector<float> values = golden_case.at("parameters").at(tensor.name);
        write_tensor(tensor, values.data(), model.parameters.data());
    }
    const Json& statistics = golden_case.at("statistics_after");
    for (const Running& running : model.layout.running) {
        const std::vector<float> mean = statistics.at(running.mean_name());
        std::vector<float> variance = statistics.at(running.variance_name());
        for (float& each : variance) each = running.is_std ? std::sqrt(each) : each;
        std::ranges::copy(mean, model.running.data() + running.mean);
        std::ranges::copy(variance, model.running.data() + running.spread);
    }
    return model;
}

std::vector<float> logits_of(const Model& model, const std::vector<std::int32_t>& contexts, int threads)
{
    const auto length = static_cast<std::size_t>(model.context_length);
    std::vector<float> logits(contexts.size() / length * static_cast<std::size_t>(model.layout.outputs));
    model_logits(model, contexts, logits.data(), threads);
    return logits;
}

std::vector<std::int32_t> random_contexts(const Model& model, int count, Numbers& numbers)
{
    std::vector<std::int32_t> contexts(static_cast<std::size_t>(count * model.context_length));
    for (std::int32_t& id : contexts) id = numbers.between(0, static_cast<int>(model.layout.outputs) - 1);
    return contexts;
}

// A model whose statistics and biases make every term matter.
Model model_of(const ModelSpec& spec, std::int32_t vocabulary, Numbers& numbers)
{
    Model model = empty_model(spec, vocabulary_of_size(vocabulary));
    initialise(model);
    for (const Tensor& tensor : model.layout.tensors) {
        if (!tensor.is_vector() || !tensor.name.ends_with(".bias")) continue;
        for (std::ptrdiff_t i = 0; i < tensor.rows; ++i) model.at(tensor.offset)[i] = numbers(0.3f);
    }
    for (const Running& running : model.layout.running) {
        for (std::ptrdiff_t i = 0; i < running.size; ++i) {
            model.running.data()[running.mean + i] = numbers();
            model.running.data()[running.spread + i] = 1.0f + 0.5f * numbers();
        }
    }
    return model;
}

Model deep_model(Numbers& numbers) { return model_of(spec_of(find_preset("lecture-deep")->model), 27, numbers); }

Vector flat(const Batch& batch)
{
    Vector all;
    for (const Vector& row : batch) all.insert(all.end(), row.begin(), row.end());
    return all;
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
    // For logits up to 3, through six layers of 100 inputs: 16 units in the last place of 3.
    constexpr double tolerance = 4e-6;
    Numbers numbers(1);
    const Model model = deep_model(numbers);
    Reference reference(model);
    for (const int count : {1, 2, 15, 16, 17, 63, 64, 65, 129, 200}) {
        const std::vector<std::int32_t> contexts = random_contexts(model, count, numbers);
        CAPTURE(count);
        CHECK(largest_difference(logits_of(model, contexts, 1), flat(reference.logits(contexts, false))) < tolerance);
    }
}

TEST_CASE("every value of any list, in double")
{
    // For numbers up to 30, and batch normalisation that divides by at least 0.7.
    constexpr double tolerance = 4e-5;
    Numbers numbers(4);
    for (const std::string& list : any_lists()) {
        const Model model = model_of(spec_of(list, 3), 11, numbers);
        const std::vector<std::int32_t> contexts = random_contexts(model, 19, numbers);
        const std::vector<Batch> expected = Reference(model).values(contexts, false);
        const Inference inference(model);
        CHECK(expected.size() == static_cast<std::size_t>(model.network.output()) + 1);
        for (int value = 1; value <= model.network.output(); ++value) {
            Buffer<float> workspace(inference.workspace_size(), heap());
            std::fill(workspace.begin(), workspace.end(), std::nanf(""));
            const float* const got = inference.value(value, {.contexts = contexts.data()}, 19, workspace.data());
            const auto rows = static_cast<std::size_t>(model.network.shape_of(value).rows());
            CAPTURE(list, value);
            double worst = 0;
            for (std::size_t e = 0; e < 19; ++e) {
                REQUIRE(expected[static_cast<std::size_t>(value)][e].size() == rows);
                for (std::size_t r = 0; r < rows; ++r) {
                    const double difference = std::abs(got[r * static_cast<std::size_t>(Inference::chunk) + e] -
                                                       expected[static_cast<std::size_t>(value)][e][r]);
                    worst = std::isfinite(difference) ? std::max(worst, difference) : INFINITY;
                }
            }
            CHECK(worst < tolerance);
        }
        CHECK(largest_difference(logits_of(model, contexts, 2), flat(expected.back())) < tolerance);
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
