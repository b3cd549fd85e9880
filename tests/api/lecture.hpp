// The lecture's data set and runs, through the C ABI.
#pragma once

#include "api/small.hpp"
#include "paths.hpp"

#include <vector>

namespace nib::test {

// A preset, trained on the lecture's names for some steps.
struct LectureRun {
    LectureRun(const std::string& preset, std::int64_t count) : context(new_context())
    {
        Recipe recipe(preset.c_str());
        REQUIRE(nib_preset(preset.c_str(), &recipe.model, &recipe.train) == NIB_OK);
        nib_dataset* data = nullptr;
        REQUIRE(nib_dataset_load(context.get(), lecture_path(), nullptr, &data) == NIB_OK);
        dataset.reset(data);
        model = new_model(context.get(), dataset.get(), recipe);
        const unique<nib_trainer> trainer = new_trainer(context.get(), model.get(), dataset.get(), recipe.train);
        losses.resize(static_cast<std::size_t>(count));
        std::int64_t done = 0;
        REQUIRE(nib_trainer_run(trainer.get(), count, losses.data(), &done) == NIB_OK);
        REQUIRE(done == count);
    }

    double evaluate(nib_split split) const
    {
        double loss = 0;
        REQUIRE(nib_model_evaluate(model.get(), dataset.get(), split, &loss) == NIB_OK);
        return loss;
    }

    unique<nib_context> context;
    unique<nib_dataset> dataset;
    unique<nib_model> model;
    std::vector<float> losses;
};

inline std::string four_decimals(float loss)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.4f", static_cast<double>(loss));
    return text;
}

} // namespace nib::test
