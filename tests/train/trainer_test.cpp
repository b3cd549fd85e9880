// Edge cases of a run: its end, a loss that is not finite, a parallel region around it.
#include "train/trainer.hpp"

#include "base/parallel.hpp"
#include "catch.hpp"
#include "error_of.hpp"
#include "models.hpp"
#include "net/evaluate.hpp"
#include "numbers.hpp"

#include <cmath>
#include <string>

using namespace nib;
using namespace nib::test;

namespace {

ModelSpec small_model(const std::string& activation = "tanh")
{
    return spec_of("embedding 4, flatten, linear 40 gain=5/3 bias-init=0.01, " + activation +
                       ", linear init=scaled gain=0.01 bias-init=0",
                   3);
}

nib_train_options short_training(std::int64_t steps)
{
    nib_train_options options = find_preset("lecture-kaiming")->train;
    options.steps = steps;
    return options;
}

} // namespace

TEST_CASE("a run ends with its last step")
{
    const Dataset text = bundled_names();
    Model model = new_model(small_model(), text);
    Trainer trainer(model, text, short_training(10), 2, heap());
    CHECK(trainer.run(0, nullptr) == 0);
    CHECK(trainer.run(7, nullptr) == 7);
    CHECK(trainer.run(7, nullptr) == 3);
    CHECK(trainer.run(7, nullptr) == 0);
    CHECK(trainer.step() == 10);
    CHECK(model.steps == 10);
}

TEST_CASE("a loss that is not finite ends training before the model is changed")
{
    const Dataset text = bundled_names();
    const ModelSpec spec = small_model("identity");
    nib_train_options training = short_training(200);
    training.learning_rate = 1e6;

    // The last finite step, found by running one step at a time.
    Model stepped = new_model(spec, text);
    Trainer one_by_one(stepped, text, training, 1, heap());
    std::vector<float> before = state_of(stepped);
    nib_status status = NIB_OK;
    while (status == NIB_OK && one_by_one.step() < training.steps) {
        before = state_of(stepped);
        try {
            one_by_one.run(1, nullptr);
        } catch (const Error& error) {
            status = error.status();
        }
    }
    REQUIRE(status == NIB_ERR_DIVERGED);
    CHECK(bit_difference(state_of(stepped), before) == "");

    Model model = new_model(spec, text);
    Trainer trainer(model, text, training, 2, heap());
    std::vector<float> losses(200, 0.0f);
    error_of(NIB_ERR_DIVERGED, [&] { trainer.run(200, losses.data()); });
    CHECK(trainer.step() == one_by_one.step());
    CHECK_FALSE(std::isfinite(losses[static_cast<std::size_t>(trainer.step())]));
    CHECK(bit_difference(state_of(model), before) == "");
    error_of(NIB_ERR_STATE, [&] { trainer.run(1, nullptr); });
}

TEST_CASE("inside a parallel region, where OpenMP gives one thread, the result is the same")
{
    const Dataset text = bundled_names();
    const auto trained = [&] {
        Model model = new_model(small_model(), text);
        Trainer trainer(model, text, short_training(20), 2, heap());
        trainer.run(20, nullptr);
        return state_of(model);
    };
    const std::vector<float> expected = trained();
    std::vector<float> inside[2];
    const int threads = parallel(2, [&](int thread, int) { inside[thread] = trained(); });
    for (int thread = 0; thread < threads; ++thread) {
        CHECK(bit_difference(inside[thread], expected) == "");
    }
}

TEST_CASE("a text of another vocabulary is refused")
{
    const Dataset text = bundled_names();
    Model model = new_model(small_model(), text);
    const Dataset other = text_of("ab\nba\nab\nba\nab\nba\nab\nba\nab\nba\n");
    error_of(NIB_ERR_MISMATCH, [&] { Trainer(model, other, short_training(10), 1, heap()); });
    error_of(NIB_ERR_MISMATCH, [&] { evaluate(model, other, NIB_SPLIT_VAL, 1); });
}
