#include "optim/learning_rate.hpp"

#include "catch.hpp"
#include "goldens.hpp"
#include "train/presets.hpp"

using namespace nib;
using namespace nib::test;

TEST_CASE("step decay")
{
    const nib_train_options o = find_preset("lecture-batchnorm")->train;
    CHECK(learning_rate(o, 0) == 0.1);
    CHECK(learning_rate(o, 99999) == 0.1);
    CHECK(learning_rate(o, 100000) == 0.1 * 0.1);
    CHECK(learning_rate(o, 199999) == 0.1 * 0.1);
    nib_train_options never = o;
    never.decay_at = never.steps;
    CHECK(learning_rate(never, never.steps - 1) == 0.1);
    nib_train_options at_once = o;
    at_once.decay_at = 0;
    CHECK(learning_rate(at_once, 0) == 0.1 * 0.1);
}

TEST_CASE("half a cosine from the first step to the end")
{
    nib_train_options o = find_preset("lecture-batchnorm")->train;
    o.schedule = NIB_SCHEDULE_COSINE;
    o.learning_rate = 0.3;
    o.min_learning_rate = 0.1;
    o.steps = 1000;
    CHECK(learning_rate(o, 0) == 0.3);
    CHECK(learning_rate(o, 500) == Approx(0.2).epsilon(1e-12));
    CHECK(learning_rate(o, 250) == Approx(0.2 + 0.1 * std::sqrt(0.5)).epsilon(1e-12));
    CHECK(learning_rate(o, 999) > 0.1);
    CHECK(learning_rate(o, 999) < 0.100001);
    for (std::int64_t step = 1; step < o.steps; ++step) CHECK(learning_rate(o, step) < learning_rate(o, step - 1));
}

TEST_CASE("the constant schedule stays at the learning rate")
{
    nib_train_options o = find_preset("lecture-batchnorm")->train;
    o.schedule = NIB_SCHEDULE_CONSTANT;
    for (const std::int64_t step : {std::int64_t{0}, o.decay_at - 1, o.decay_at, o.steps - 1})
        CHECK(learning_rate(o, step) == 0.1);
}

TEST_CASE("a linear warm-up comes before every schedule")
{
    for (const nib_schedule schedule : {NIB_SCHEDULE_STEP, NIB_SCHEDULE_COSINE, NIB_SCHEDULE_CONSTANT}) {
        nib_train_options o = find_preset("lecture-batchnorm")->train;
        o.schedule = schedule;
        o.learning_rate = 0.5;
        o.warmup_steps = 4;
        o.steps = 100;
        CHECK(learning_rate(o, 0) == 0.125);
        CHECK(learning_rate(o, 1) == 0.25);
        CHECK(learning_rate(o, 3) == 0.5);
        CHECK(learning_rate(o, 4) == 0.5);
        o.warmup_steps = 1000; // longer than the run
        CHECK(learning_rate(o, 99) == Approx(0.05).epsilon(1e-12));
    }
}

TEST_CASE("the learning rates of the goldens")
{
    for (const Json& run : golden("adamw.json").at("runs")) {
        const nib_train_options o = train_options(run.at("train"));
        const Json& rates = run.at("learning_rates");
        REQUIRE(rates.size() == run.at("listed_steps").size());
        for (std::size_t i = 0; i < rates.size(); ++i) {
            const std::int64_t step = run.at("listed_steps")[i];
            CAPTURE(run.at("name").get<std::string>(), step);
            CHECK(learning_rate(o, step) == Approx(rates[i].get<double>()).epsilon(1e-8)); // nine digits
        }
    }
}
