// Steps of few examples, whose activations are stored by example, give the bits of steps by feature.
#include "catch.hpp"
#include "lists.hpp"
#include "one_step.hpp"
#include "tables.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

struct Recipe {
    nib_train_options options;
    bool fuses = true;
};

// The losses, then the parameters with their padding, then the statistics.
std::vector<float> trained(const ModelSpec& spec, const Dataset& data, Order order, const Recipe& how)
{
    Model model = new_model(spec, data);
    Training training(model, data, how.options, heap());
    const StepPlan plan(model, order, 1, training.segments, how.options.clip_norm, how.fuses, heap());
    Team team(1, heap());
    Worker worker(training, plan, team, 0);
    std::vector<float> result;
    for (std::int64_t i = 0; i < how.options.steps; ++i) result.push_back(worker.step(i));
    result.insert(result.end(), model.parameters.begin(), model.parameters.end());
    result.insert(result.end(), model.running.begin(), model.running.end());
    return result;
}

bool is_by_example(const ModelSpec& spec, const Dataset& data, std::ptrdiff_t batch)
{
    return order_of_step(new_model(spec, data), batch) == Order::by_example;
}

void check(const ModelSpec& spec, const Dataset& data, const Recipe& how)
{
    INFO("batch " << how.options.batch_size << ", optimizer " << how.options.optimizer << ", momentum "
                  << how.options.momentum << ", clip_norm " << how.options.clip_norm << ", fuses " << how.fuses);
    CHECK(bit_difference(trained(spec, data, Order::by_example, how), trained(spec, data, Order::by_feature, how)) ==
          "");
}

nib_train_options options_of(nib_optimizer optimizer, std::int32_t batch, double momentum = 0, double clip_norm = 0)
{
    nib_train_options options = training_with(optimizer, batch, 0.01);
    options.steps = 5;
    options.momentum = momentum;
    options.clip_norm = clip_norm;
    return options;
}

} // namespace

TEST_CASE("any list gives the same bits by example")
{
    Numbers numbers(3);
    const Dataset text = random_words(27, numbers, 100);
    const std::vector<std::string> lists = any_lists();
    const std::int32_t batches[] = {1, 2, 3, 5, 7, 8, 12, 14};
    std::size_t turn = 0;
    for (const std::string& list : lists) {
        INFO(list);
        const ModelSpec spec = spec_of(list, 3);
        if (!is_by_example(spec, text, 1)) continue;
        for (const bool fuses : {true, false}) {
            std::int32_t batch = batches[turn++ % std::size(batches)];
            if (list.find("batchnorm") != std::string::npos) batch = std::max(batch, 2); // its minimum
            check(spec, text, {options_of(NIB_SGD, batch), fuses});
            check(spec, text, {options_of(NIB_ADAMW, batch), fuses});
        }
    }
}

TEST_CASE("every number of examples and every update give the same bits by example")
{
    Numbers numbers(4);
    const Dataset text = random_words(27, numbers, 100);
    for (const std::string list : {"embedding 5, flatten, linear 130, tanh, linear 256, sigmoid, linear",
                                   "embedding 5, flatten, linear 33, batchnorm, tanh, linear 17, relu, linear, "
                                   "batchnorm variance=unbiased"}) {
        INFO(list);
        const ModelSpec spec = spec_of(list, 3);
        for (std::int32_t batch = 1; batch <= kernels::few_examples; ++batch) {
            if (batch == 1 && list.find("batchnorm") != std::string::npos) continue;
            REQUIRE(is_by_example(spec, text, batch));
            check(spec, text, {options_of(NIB_SGD, batch)});
            check(spec, text, {options_of(NIB_SGD, batch, 0.9)});
            check(spec, text, {options_of(NIB_ADAMW, batch, 0, 0.5)});
        }
        CHECK(!is_by_example(spec, text, 15));
    }
}

TEST_CASE("weights that leave the caches are trained by feature")
{
    Numbers numbers(7);
    const Dataset text = random_words(27, numbers, 100);
    CHECK(is_by_example(spec_of("embedding 5, flatten, linear 400, linear 400, linear", 3), text, 4));
    CHECK(!is_by_example(spec_of("embedding 5, flatten, linear 1024, linear 1024, linear", 3), text, 4));
}

TEST_CASE("tables and every loss give the same bits by example")
{
    struct Problem {
        Dataset data;
        const char *network, *loss;
    };
    const Problem problems[] = {{clouds(3, 100, true), "standardize, linear 17, relu, linear", ""},
                                {clouds(3, 100), "standardize, linear 17, gelu, linear", "cross-entropy smoothing=0.1"},
                                {clouds(2, 100), "standardize, linear 9, batchnorm, tanh, linear", "logistic"},
                                {curve(100, 50, 7), "standardize, linear 9, tanh, linear, unscale", "huber"},
                                {curve(100, 50, 7), "standardize, residual(linear 2), linear, unscale", "squared"}};
    for (const Problem& each : problems) {
        INFO(each.network << ", " << each.loss);
        const ModelSpec spec = table_spec(each.network, each.loss);
        for (const std::int32_t batch : {2, 5, 14}) {
            REQUIRE(is_by_example(spec, each.data, batch));
            check(spec, each.data, {options_of(NIB_SGD, batch)});
        }
    }
}

TEST_CASE("a model that others change between two runs is trained as it then is")
{
    Numbers numbers(6);
    const Dataset text = random_words(27, numbers, 100);
    const ModelSpec spec = spec_of("embedding 5, flatten, linear 33, tanh, linear", 3);
    for (const std::int32_t batch : {1, 5, 8}) {
        const auto trained_in_two_runs = [&](int threads) {
            Model model = new_model(spec, text), other = new_model(spec, text);
            nib_train_options options = options_of(NIB_SGD, batch);
            options.steps = 20;
            Trainer trainer(model, text, options, threads, heap());
            Trainer(other, text, options, threads, heap()).run(10, nullptr);
            trainer.run(3, nullptr);
            copy_model(other, model);
            trainer.run(3, nullptr);
            initialise(model);
            trainer.run(3, nullptr, true);
            trainer.run(3, nullptr);
            return std::vector<float>(model.parameters.begin(), model.parameters.end());
        };
        CHECK(bit_difference(trained_in_two_runs(1), trained_in_two_runs(2)) == "");
    }
}
