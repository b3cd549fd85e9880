#include "api/handles.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace nib::test;

namespace {

struct Fixture {
    ContextHandle context = new_context();
    DatasetHandle dataset = new_dataset(context.get());

    TrainerHandle new_trainer(nib_model* model, const nib_train_options& options)
    {
        nib_trainer* trainer = nullptr;
        REQUIRE(nib_trainer_create(context.get(), model, dataset.get(), &options, &trainer) == NIB_OK);
        return TrainerHandle(trainer);
    }
};

} // namespace

TEST_CASE_METHOD(Fixture, "training in pieces gives the losses of training at once")
{
    const Recipe recipe;
    const ModelHandle whole_model = new_model(context.get(), dataset.get(), recipe);
    const TrainerHandle whole = new_trainer(whole_model.get(), recipe.train);
    std::vector<float> at_once(60, -1);
    int64_t done = 0;
    REQUIRE(nib_trainer_run(whole.get(), 60, at_once.data(), &done) == NIB_OK);
    CHECK(done == 50); // what the options ask for
    CHECK(nib_trainer_step(whole.get()) == 50);
    CHECK(at_once[50] == -1);
    CHECK(nib_trainer_run(whole.get(), 1, nullptr, &done) == NIB_OK);
    CHECK(done == 0);

    const ModelHandle model = new_model(context.get(), dataset.get(), recipe);
    const TrainerHandle trainer = new_trainer(model.get(), recipe.train);
    std::vector<float> losses(50);
    for (const int64_t piece : {1, 0, 30, 19}) {
        const int64_t at = nib_trainer_step(trainer.get());
        REQUIRE(nib_trainer_run(trainer.get(), piece, losses.data() + at, nullptr) == NIB_OK);
    }
    at_once.resize(50);
    CHECK(losses == at_once);
    CHECK(std::abs(static_cast<double>(losses[0]) - std::log(20)) < 0.3);
    CHECK(losses[49] < losses[0]);
}

TEST_CASE_METHOD(Fixture, "the learning rate of a step")
{
    Recipe recipe;
    recipe.train.decay_at = 10;
    const ModelHandle model = new_model(context.get(), dataset.get(), recipe);
    const TrainerHandle trainer = new_trainer(model.get(), recipe.train);
    CHECK(nib_trainer_learning_rate(trainer.get(), 9) == Approx(0.1));
    CHECK(nib_trainer_learning_rate(trainer.get(), 10) == Approx(0.01));
}

TEST_CASE_METHOD(Fixture, "a diverging run says where, keeps what was before, and is over")
{
    Recipe recipe("lecture-original");
    recipe.model.activation = NIB_IDENTITY;
    recipe.train.learning_rate = 1e6;
    recipe.train.steps = 1000;
    const ModelHandle model = new_model(context.get(), dataset.get(), recipe);
    const TrainerHandle trainer = new_trainer(model.get(), recipe.train);
    std::vector<float> losses(1000, std::numeric_limits<float>::quiet_NaN());
    int64_t done = -1;
    CHECK(nib_trainer_run(trainer.get(), 1000, losses.data(), &done) == NIB_ERR_DIVERGED);
    REQUIRE(done >= 0);
    REQUIRE(done < 1000);
    says(context.get(), ("step " + std::to_string(done)).c_str());
    for (int64_t i = 0; i < done; ++i) CHECK(std::isfinite(losses[static_cast<size_t>(i)]));
    CHECK(nib_trainer_step(trainer.get()) == done);
    CHECK(nib_trainer_run(trainer.get(), 1, nullptr, nullptr) == NIB_ERR_STATE);
}

TEST_CASE_METHOD(Fixture, "wrong arguments of a trainer")
{
    Recipe recipe;
    const ModelHandle model = new_model(context.get(), dataset.get(), recipe);
    nib_trainer* made = nullptr;
    const auto create = [&](nib_model* m, const nib_dataset* d, const nib_train_options* o, nib_trainer** t) {
        return nib_trainer_create(context.get(), m, d, o, t);
    };
    CHECK(nib_trainer_create(nullptr, model.get(), dataset.get(), &recipe.train, &made) == NIB_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(context.get(), create(nullptr, dataset.get(), &recipe.train, &made), "model is NULL");
    CHECK_REFUSED(context.get(), create(model.get(), nullptr, &recipe.train, &made), "dataset is NULL");
    CHECK_REFUSED(context.get(), create(model.get(), dataset.get(), nullptr, &made), "options is NULL");
    CHECK_REFUSED(context.get(), create(model.get(), dataset.get(), &recipe.train, nullptr), "trainer is NULL");
    recipe.train.batch_size = 1;
    CHECK_REFUSED(context.get(), create(model.get(), dataset.get(), &recipe.train, &made), "batch_size is 1");
    recipe.train.batch_size = 8;
    recipe.train.struct_size += 1;
    CHECK_REFUSED(context.get(), create(model.get(), dataset.get(), &recipe.train, &made), "struct_size");
    recipe.train.struct_size -= 1;

    const DatasetHandle other = new_dataset(context.get(), std::string(small_text) + "zoe\n");
    CHECK(create(model.get(), other.get(), &recipe.train, &made) == NIB_ERR_MISMATCH);
    CHECK(made == nullptr);

    const TrainerHandle trainer = new_trainer(model.get(), recipe.train);
    CHECK_REFUSED(context.get(), nib_trainer_run(trainer.get(), -1, nullptr, nullptr), "count is -1");
    CHECK(nib_trainer_run(nullptr, 1, nullptr, nullptr) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(nib_trainer_step(nullptr) == 0);
    CHECK(nib_trainer_learning_rate(nullptr, 0) == 0);
    nib_trainer_destroy(nullptr);
}
