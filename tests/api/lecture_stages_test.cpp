// The lecture's stages over all of their 200,000 steps.
#include "api/lecture.hpp"
#include "goldens.hpp"

using namespace nib::test;

TEST_CASE("the lecture's stages end where the lecture's do")
{
    if (lecture_path() == nullptr) NIB_SKIP(no_lecture);
    for (const Json& stage : golden("lecture.json").at("stages")) {
        const std::string preset = stage.at("preset");
        const LectureRun run(preset, 200000);
        INFO(preset);
        for (std::size_t i = 0; i < stage.at("steps").size(); ++i) {
            const std::size_t step = stage.at("steps")[i];
            if (step > stage.at("exact_to_step")) continue;
            INFO("step " << step);
            CHECK(four_decimals(run.losses[step]) == stage.at("printed")[i].get<std::string>());
        }
        const double tolerance = stage.at("final_tolerance"); // 0.01 for lecture-original, which is chaotic
        CHECK(run.evaluate(NIB_SPLIT_TRAIN) ==
              Approx(stage.at("train_loss").get<double>()).epsilon(0).margin(tolerance));
        CHECK(run.evaluate(NIB_SPLIT_VAL) == Approx(stage.at("val_loss").get<double>()).epsilon(0).margin(tolerance));
    }
}
