#include "net/evaluate.hpp"

#include "catch.hpp"
#include "error_of.hpp"
#include "one_step.hpp"

using namespace nib;
using namespace nib::test;

namespace {

Examples all_examples(const Text& text, nib_split split, std::ptrdiff_t context_length)
{
    const std::uint32_t count = text.examples(split);
    Examples examples;
    examples.contexts.resize(count * static_cast<std::size_t>(context_length));
    examples.targets.resize(count);
    text.gather(split, 0, count, static_cast<std::int32_t>(context_length), examples.contexts.data(),
                examples.targets.data());
    return examples;
}

// A network that has seen some steps, so that its running statistics are no round numbers.
struct Trained {
    explicit Trained(const char* preset, std::int32_t vocabulary = 13)
        : numbers(1), text(random_words(vocabulary, numbers, 300)), model(new_model(options(preset), text))
    {
        Trainer(model, text, training_with(NIB_SGD, 17, 0.1), 1, heap()).run(20, nullptr);
    }

    static nib_model_options options(const char* preset)
    {
        nib_model_options o = find_preset(preset)->model;
        o.hidden_size = 21;
        o.bn_momentum = 0.1;
        return o;
    }

    Numbers numbers;
    Text text;
    Model model;
};

// Rounding of a mean of losses about 3, of networks of up to six layers.
constexpr double tolerance = 2e-6;

} // namespace

TEST_CASE("the loss of each split is the mean over its examples, in double")
{
    for (const char* preset : {"lecture-original", "lecture-batchnorm", "lecture-deep"}) {
        const Trained trained(preset);
        Reference reference(trained.model);
        for (const nib_split split : {NIB_SPLIT_TRAIN, NIB_SPLIT_VAL, NIB_SPLIT_TEST}) {
            const double wanted = reference.loss(all_examples(trained.text, split, 3), false);
            CAPTURE(preset, split);
            CHECK(std::abs(evaluate(trained.model, trained.text, split, 1) - wanted) < tolerance * (1 + wanted));
        }
    }
}

TEST_CASE("evaluation does not depend on threads and changes nothing")
{
    const Trained trained("lecture-deep");
    const std::vector<float> before = state_of(trained.model);
    const double loss = evaluate(trained.model, trained.text, NIB_SPLIT_TRAIN, 1);
    for (const int threads : {2, 3, 4, 64}) {
        CHECK(evaluate(trained.model, trained.text, NIB_SPLIT_TRAIN, threads) == loss);
    }
    CHECK(bit_difference(state_of(trained.model), before) == "");
}

TEST_CASE("calibrated statistics are those of the whole split")
{
    for (const char* preset : {"lecture-batchnorm", "lecture-deep"}) {
        Trained trained(preset);
        Model& model = trained.model;
        // In training mode over one batch that is the whole split, with the variance over n - 1 and a momentum of 1,
        // the reference goes through the same numbers.
        const nib_model_options kept = model.options;
        model.options.bn_variance = NIB_BN_UNBIASED;
        model.options.bn_momentum = 1.0;
        Reference reference(model);
        model.options = kept;
        reference.loss(all_examples(trained.text, NIB_SPLIT_TRAIN, 3), true);

        calibrate(model, trained.text, NIB_SPLIT_TRAIN, 2);
        const Reference calibrated(model);
        CHECK(calibrated.running.size() == reference.running.size());
        for (const auto& [name, wanted] : reference.running) {
            CAPTURE(preset, name);
            CHECK(largest_difference(calibrated.running.at(name), wanted) < 1e-5);
        }
    }
}

TEST_CASE("calibration does not depend on threads")
{
    Trained one("lecture-deep");
    calibrate(one.model, one.text, NIB_SPLIT_TRAIN, 1);
    for (const int threads : {2, 3, 4}) {
        Trained several("lecture-deep");
        calibrate(several.model, several.text, NIB_SPLIT_TRAIN, threads);
        CHECK(bit_difference(state_of(several.model), state_of(one.model)) == "");
    }
}

TEST_CASE("a network without batch normalisation has nothing to calibrate")
{
    Trained trained("lecture-tanh");
    const std::vector<float> before = state_of(trained.model);
    calibrate(trained.model, trained.text, NIB_SPLIT_TRAIN, 1);
    CHECK(bit_difference(state_of(trained.model), before) == "");
}

TEST_CASE("a text of another vocabulary is refused")
{
    Trained trained("lecture-batchnorm", 13);
    Numbers numbers(2);
    const Text other = random_words(12, numbers);
    error_of(NIB_ERR_MISMATCH, [&] { evaluate(trained.model, other, NIB_SPLIT_VAL, 1); });
    error_of(NIB_ERR_MISMATCH, [&] { calibrate(trained.model, other, NIB_SPLIT_VAL, 1); });
    error_of(NIB_ERR_MISMATCH, [&] { Trainer(trained.model, other, training_with(NIB_SGD, 8, 0.1), 1, heap()); });
}
