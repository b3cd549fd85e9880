#include "net/evaluate.hpp"

#include "catch.hpp"
#include "error_of.hpp"
#include "one_step.hpp"
#include "reference.hpp"

#include <algorithm>
#include <string>

using namespace nib;
using namespace nib::test;

namespace {

Examples all_examples(const Dataset& text, nib_split split, std::ptrdiff_t context_length)
{
    const std::uint32_t count = text.examples(split);
    Examples examples;
    examples.contexts.resize(count * static_cast<std::size_t>(context_length));
    examples.targets.resize(count);
    text.text()->gather(split, 0, count, static_cast<std::int32_t>(context_length), examples.contexts.data(),
                        examples.targets.data());
    return examples;
}

constexpr const char* plain = "embedding 10, flatten, linear 21 init=scaled gain=0.2 bias-init=0.01, tanh, linear";
constexpr const char* of_one_norm =
    "embedding 10, flatten, linear 21, batchnorm eps=0 variance=unbiased running=std, tanh, linear";
constexpr const char* deep = "embedding 10, flatten, 5 x (linear 21 gain=1, batchnorm variance=unbiased, tanh), "
                             "linear, batchnorm variance=unbiased gain=0.1";

// A network after some steps, so that its running statistics are not round numbers.
struct Trained {
    explicit Trained(const char* network, std::int32_t vocabulary = 13)
        : numbers(1), text(random_words(vocabulary, numbers, 300)), model(new_model(spec_of(network, 3), text))
    {
        Trainer(model, text, training_with(NIB_SGD, 17, 0.1), 1, heap()).run(20, nullptr);
    }

    Numbers numbers;
    Dataset text;
    Model model;
};

// Residuals, and batch normalisation before and behind an activation.
constexpr const char* any_list =
    "embedding 6, residual(tanh), flatten, linear 20, residual(linear 20, batchnorm, relu), "
    "batchnorm running=std, residual(linear 9, gelu, batchnorm, linear 9 | linear 9), linear";

// The rounding of a mean of losses of about 3, for networks of up to six layers.
constexpr double tolerance = 2e-6;

} // namespace

TEST_CASE("the loss of each split is the mean over its examples, in double")
{
    for (const char* network : {plain, of_one_norm, deep}) {
        const Trained trained(network);
        Reference reference(trained.model);
        for (const nib_split split : {NIB_SPLIT_TRAIN, NIB_SPLIT_VAL, NIB_SPLIT_TEST}) {
            const double wanted = reference.loss(all_examples(trained.text, split, 3), false);
            CAPTURE(network, split);
            CHECK(std::abs(evaluate(trained.model, trained.text, split, 1) - wanted) < tolerance * (1 + wanted));
        }
    }
}

TEST_CASE("the loss of any list, in double")
{
    Numbers numbers(3);
    const Dataset text = random_words(13, numbers, 300);
    const Model model = new_model(spec_of(any_list, 4), text);
    const double wanted = Reference(model).loss(all_examples(text, NIB_SPLIT_TRAIN, 4), false);
    CHECK(std::abs(evaluate(model, text, NIB_SPLIT_TRAIN, 2) - wanted) < tolerance * (1 + wanted));
}

TEST_CASE("evaluation does not depend on threads and changes nothing")
{
    const Trained trained(deep);
    const std::vector<float> before = state_of(trained.model);
    const double loss = evaluate(trained.model, trained.text, NIB_SPLIT_TRAIN, 1);
    for (const int threads : {2, 3, 4, 64}) {
        CHECK(evaluate(trained.model, trained.text, NIB_SPLIT_TRAIN, threads) == loss);
    }
    CHECK(bit_difference(state_of(trained.model), before) == "");
}

namespace {

// In training mode over one batch that is the whole split, with the variance over n - 1 and a momentum of 1, the
// reference computes the same numbers.
void check_calibration(Model& model, const Dataset& text)
{
    std::string momentum_of_one = model.network_text;
    for (std::size_t at = 0; (at = momentum_of_one.find("batchnorm", at)) != std::string::npos;) {
        const std::size_t end = std::min(momentum_of_one.find_first_of(",)|", at), momentum_of_one.size());
        const bool is_std = momentum_of_one.substr(at, end - at).find("running=std") != std::string::npos;
        const std::string norm = std::string("batchnorm momentum=1 variance=unbiased") + (is_std ? " running=std" : "");
        momentum_of_one.replace(at, end - at, norm);
        at += norm.size();
    }
    Model twin = empty_model(spec_of(momentum_of_one, static_cast<std::int32_t>(model.context_length)),
                             text.text()->vocabulary());
    REQUIRE(twin.parameters.size() == model.parameters.size());
    std::copy(model.parameters.begin(), model.parameters.end(), twin.parameters.begin());
    Reference reference(twin);
    reference.loss(all_examples(text, NIB_SPLIT_TRAIN, model.context_length), true);

    calibrate(model, text, NIB_SPLIT_TRAIN, 2);
    const Reference calibrated(model);
    CHECK(calibrated.running.size() == reference.running.size());
    for (const auto& [name, wanted] : reference.running) {
        CAPTURE(momentum_of_one, name);
        CHECK(largest_difference(calibrated.running.at(name), wanted) < 1e-5);
    }
}

} // namespace

TEST_CASE("calibrated statistics are those of the whole split")
{
    for (const char* network : {of_one_norm, deep}) {
        Trained trained(network);
        check_calibration(trained.model, trained.text);
    }
    Numbers numbers(4);
    const Dataset text = random_words(13, numbers, 300);
    Model model = new_model(spec_of(any_list, 4), text);
    check_calibration(model, text);
}

TEST_CASE("calibration does not depend on threads")
{
    Trained one(deep);
    calibrate(one.model, one.text, NIB_SPLIT_TRAIN, 1);
    for (const int threads : {2, 3, 4}) {
        Trained several(deep);
        calibrate(several.model, several.text, NIB_SPLIT_TRAIN, threads);
        CHECK(bit_difference(state_of(several.model), state_of(one.model)) == "");
    }
}

TEST_CASE("a network without batch normalisation has nothing to calibrate")
{
    Trained trained(plain);
    const std::vector<float> before = state_of(trained.model);
    calibrate(trained.model, trained.text, NIB_SPLIT_TRAIN, 1);
    CHECK(bit_difference(state_of(trained.model), before) == "");
}

TEST_CASE("a text of another vocabulary is refused")
{
    Trained trained(of_one_norm, 13);
    Numbers numbers(2);
    const Dataset other = random_words(12, numbers);
    error_of(NIB_ERR_MISMATCH, [&] { evaluate(trained.model, other, NIB_SPLIT_VAL, 1); });
    error_of(NIB_ERR_MISMATCH, [&] { calibrate(trained.model, other, NIB_SPLIT_VAL, 1); });
    error_of(NIB_ERR_MISMATCH, [&] { Trainer(trained.model, other, training_with(NIB_SGD, 8, 0.1), 1, heap()); });
}
