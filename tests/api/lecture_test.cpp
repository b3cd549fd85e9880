// The first thousand steps of the lecture's networks, to the digit.
#include "api/lecture.hpp"
#include "goldens.hpp"

using namespace nib::test;

namespace {

// Another order of float additions changes these losses by 1e-6 at most (PyTorch with other rounding): more is an
// error.
constexpr double loss_tolerance = 5e-6;

} // namespace

TEST_CASE("the lecture's stages print its losses")
{
    if (lecture_path() == nullptr) NIB_SKIP(no_lecture);
    for (const Json& stage : golden("lecture.json").at("stages")) {
        const std::string preset = stage.at("preset");
        const LectureRun run(preset, 1001);
        for (std::size_t i = 0; i < stage.at("steps").size(); ++i) {
            const std::size_t step = stage.at("steps")[i];
            if (step >= run.losses.size() || step > stage.at("exact_to_step")) continue;
            INFO(preset << " at step " << step);
            CHECK(four_decimals(run.losses[step]) == stage.at("printed")[i].get<std::string>());
        }
        if (!stage.contains("first_losses")) continue;
        for (std::size_t step = 0; step < stage.at("first_losses").size(); ++step) {
            INFO(preset << " at step " << step);
            CHECK(run.losses[step] ==
                  Approx(stage.at("first_losses")[step].get<double>()).epsilon(0).margin(loss_tolerance));
        }
    }
}

TEST_CASE("the lecture's deep network: losses, evaluation and sampled names")
{
    if (lecture_path() == nullptr) NIB_SKIP(no_lecture);
    const Json& deep = golden("lecture.json").at("deep");
    const LectureRun run(deep.at("preset"), deep.at("steps_run"));
    for (std::size_t i = 0; i < deep.at("listed_steps").size(); ++i) {
        const std::size_t step = deep.at("listed_steps")[i];
        INFO("step " << step);
        CHECK(run.losses[step] == Approx(deep.at("losses")[i].get<double>()).epsilon(0).margin(loss_tolerance));
    }
    const double tolerance = deep.at("final_tolerance");
    CHECK(run.evaluate(NIB_SPLIT_TRAIN) == Approx(deep.at("train_loss").get<double>()).epsilon(0).margin(tolerance));
    CHECK(run.evaluate(NIB_SPLIT_VAL) == Approx(deep.at("val_loss").get<double>()).epsilon(0).margin(tolerance));

    auto options = sized<nib_sampler_options>();
    REQUIRE(nib_sampler_options_default(&options) == NIB_OK);
    options.seed = deep.at("sample_seed");
    nib_sampler* sampler = nullptr;
    REQUIRE(nib_sampler_create(run.model.get(), &options, &sampler) == NIB_OK);
    for (const Json& name : deep.at("samples")) {
        const char* text = nullptr;
        REQUIRE(nib_sampler_next(sampler, &text, nullptr) == NIB_OK);
        CHECK(text == name.get<std::string>());
    }
    nib_sampler_destroy(sampler);
}
