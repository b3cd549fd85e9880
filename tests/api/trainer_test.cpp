#include "api/small.hpp"
#include "folder.hpp"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

using namespace nib::test;

namespace {

struct Fixture {
    unique<nib_context> context = new_context();
    unique<nib_dataset> dataset = new_dataset(context.get());

    unique<nib_trainer> new_trainer(nib_model* model, const nib_train_options& options)
    {
        return nib::test::new_trainer(context.get(), model, dataset.get(), options);
    }
};

} // namespace

TEST_CASE_METHOD(Fixture, "training in pieces gives the losses of training at once")
{
    const Recipe recipe;
    const unique<nib_model> whole_model = new_model(context.get(), dataset.get(), recipe);
    const unique<nib_trainer> whole = new_trainer(whole_model.get(), recipe.train);
    std::vector<float> at_once(60, -1);
    int64_t done = 0;
    REQUIRE(nib_trainer_run(whole.get(), 60, at_once.data(), &done) == NIB_OK);
    CHECK(done == 50); // what the options ask for
    CHECK(nib_trainer_step(whole.get()) == 50);
    CHECK(at_once[50] == -1);
    CHECK(nib_trainer_run(whole.get(), 1, nullptr, &done) == NIB_OK);
    CHECK(done == 0);

    const unique<nib_model> model = new_model(context.get(), dataset.get(), recipe);
    const unique<nib_trainer> trainer = new_trainer(model.get(), recipe.train);
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
    const unique<nib_model> model = new_model(context.get(), dataset.get(), recipe);
    const unique<nib_trainer> trainer = new_trainer(model.get(), recipe.train);
    CHECK(nib_trainer_learning_rate(trainer.get(), 9) == Approx(0.1));
    CHECK(nib_trainer_learning_rate(trainer.get(), 10) == Approx(0.01));
}

TEST_CASE_METHOD(Fixture, "a diverging run says where, keeps what was before, and is over")
{
    Recipe recipe("lecture-original");
    recipe.set_network(small_network("lecture-original", 12, "identity"));
    recipe.train.learning_rate = 1e6;
    recipe.train.steps = 1000;
    const unique<nib_model> model = new_model(context.get(), dataset.get(), recipe);
    const unique<nib_trainer> trainer = new_trainer(model.get(), recipe.train);
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

TEST_CASE_METHOD(Fixture, "an observed step: losses of any other, statistics, histogram and values")
{
    const Recipe recipe;
    const unique<nib_model> plain_model = new_model(context.get(), dataset.get(), recipe);
    const unique<nib_trainer> plain = new_trainer(plain_model.get(), recipe.train);
    std::vector<float> expected(12);
    REQUIRE(nib_trainer_run(plain.get(), 12, expected.data(), nullptr) == NIB_OK);

    const unique<nib_model> model = new_model(context.get(), dataset.get(), recipe);
    const unique<nib_trainer> trainer = new_trainer(model.get(), recipe.train);
    std::vector<float> losses(12);
    int64_t done = 0;
    REQUIRE(nib_trainer_observe(trainer.get(), 12, losses.data(), &done) == NIB_OK);
    CHECK(done == 12);
    CHECK(losses == expected);

    auto layer = sized<nib_layer_statistics>();
    REQUIRE(nib_trainer_layer_statistics(trainer.get(), 1, &layer) == NIB_OK);
    CHECK(layer.struct_size == sizeof layer);
    CHECK(layer.name == std::string("7"));
    CHECK(layer.activation == NIB_TANH);
    CHECK(layer.units == 12);
    CHECK(layer.rows == 8);
    auto tensor = sized<nib_tensor_statistics>();
    REQUIRE(nib_trainer_tensor_statistics(trainer.get(), 1, &tensor) == NIB_OK);
    CHECK(tensor.struct_size == sizeof tensor);
    CHECK(tensor.name == std::string("2.weight"));
    CHECK(tensor.rows == 12);
    CHECK(tensor.columns == 12); // context 3, embedding 4
    CHECK(std::pow(10, tensor.log10_update_to_data) == Approx(0.1 * tensor.gradient_to_data));

    std::vector<float> gradient(12 * 12);
    REQUIRE(nib_trainer_values(trainer.get(), NIB_PARAMETER_GRADIENTS, 1, gradient.data()) == NIB_OK);
    double sum = 0;
    for (const float each : gradient) sum += static_cast<double>(each);
    CHECK(tensor.gradient_mean == Approx(sum / 144).epsilon(1e-4));
    auto histogram = sized<nib_histogram>();
    REQUIRE(nib_trainer_histogram(trainer.get(), NIB_ACTIVATIONS, 0, &histogram) == NIB_OK);
    CHECK(histogram.min >= -1);
    CHECK(histogram.max <= 1);
}

TEST_CASE_METHOD(Fixture, "the activations of any list of layers are counted in its order")
{
    Recipe recipe;
    recipe.set_network("embedding 4, flatten, tanh, linear 12, residual(linear 6, relu, linear 12, gelu form=tanh), "
                       "batchnorm, silu, linear");
    const unique<nib_model> model = new_model(context.get(), dataset.get(), recipe);
    const unique<nib_trainer> trainer = new_trainer(model.get(), recipe.train);
    REQUIRE(nib_trainer_observe(trainer.get(), 3, nullptr, nullptr) == NIB_OK);
    const struct {
        const char* name;
        nib_activation activation;
        int32_t units;
    } expected[] = {{"2", NIB_TANH, 12}, {"4.1", NIB_RELU, 6}, {"4.3", NIB_GELU_TANH, 12}, {"6", NIB_SILU, 12}};
    auto layer = sized<nib_layer_statistics>();
    for (int32_t i = 0; i < 4; ++i) {
        REQUIRE(nib_trainer_layer_statistics(trainer.get(), i, &layer) == NIB_OK);
        CHECK(layer.name == std::string(expected[i].name));
        CHECK(layer.activation == expected[i].activation);
        CHECK(layer.units == expected[i].units);
    }
    CHECK_REFUSED(context.get(), nib_trainer_layer_statistics(trainer.get(), 4, &layer), "index is 4: expected 0 to 3");
}

TEST_CASE_METHOD(Fixture, "what is not there to be told of an observed step")
{
    const unique<nib_model> model = new_model(context.get(), dataset.get());
    const unique<nib_trainer> trainer = new_trainer(model.get(), Recipe().train);
    nib_trainer* t = trainer.get();
    auto layer = sized<nib_layer_statistics>();
    auto tensor = sized<nib_tensor_statistics>();
    auto histogram = sized<nib_histogram>();
    float values[8 * 12];
    CHECK(nib_trainer_layer_statistics(t, 0, &layer) == NIB_ERR_STATE);
    REQUIRE(nib_trainer_observe(t, 1, nullptr, nullptr) == NIB_OK);
    CHECK_REFUSED(context.get(), nib_trainer_layer_statistics(t, 2, &layer), "index is 2: expected 0 to 1");
    CHECK_REFUSED(context.get(), nib_trainer_layer_statistics(t, -1, &layer), "index is -1");
    CHECK_REFUSED(context.get(), nib_trainer_layer_statistics(t, 0, nullptr), "statistics is NULL");
    CHECK_REFUSED(context.get(), nib_trainer_tensor_statistics(t, 10, &tensor), "index is 10: expected 0 to 9");
    tensor.struct_size = 8;
    CHECK_REFUSED(context.get(), nib_trainer_tensor_statistics(t, 0, &tensor), "struct_size is 8");
    CHECK_REFUSED(context.get(), nib_trainer_histogram(t, NIB_ACTIVATION_GRADIENTS, 2, &histogram), "index is 2");
    CHECK_REFUSED(context.get(), nib_trainer_histogram(t, unknown<nib_quantity>(4), 0, &histogram), "quantity is 4");
    CHECK_REFUSED(context.get(), nib_trainer_histogram(t, NIB_ACTIVATIONS, 0, nullptr), "histogram is NULL");
    CHECK_REFUSED(context.get(), nib_trainer_values(t, NIB_ACTIVATIONS, 0, nullptr), "values is NULL");
    CHECK(nib_trainer_values(t, NIB_ACTIVATIONS, 0, values) == NIB_OK);
    CHECK(nib_trainer_observe(nullptr, 1, nullptr, nullptr) == NIB_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(context.get(), nib_trainer_observe(t, -1, nullptr, nullptr), "count is -1");
    REQUIRE(nib_trainer_run(t, 1, nullptr, nullptr) == NIB_OK);
    CHECK(nib_trainer_values(t, NIB_ACTIVATIONS, 0, values) == NIB_ERR_STATE);
    says(context.get(), "step run, 1, was not observed");

    const Folder folder;
    const std::string checkpoint = folder / "checkpoint";
    REQUIRE(nib_trainer_observe(t, 1, nullptr, nullptr) == NIB_OK);
    REQUIRE(nib_trainer_layer_statistics(t, 1, &layer) == NIB_OK);
    REQUIRE(nib_trainer_save(t, checkpoint.c_str()) == NIB_OK);
    REQUIRE(nib_trainer_resume(t, checkpoint.c_str()) == NIB_OK);
    CHECK(nib_trainer_values(t, NIB_ACTIVATIONS, 0, values) == NIB_ERR_STATE);
    CHECK(std::string(layer.name) == "7");
}

TEST_CASE_METHOD(Fixture, "a trainer takes its memory from its own context, a model from its own")
{
    struct Counted {
        int64_t taken = 0;
        unique<nib_context> context()
        {
            auto options = sized<nib_context_options>();
            options.threads = 1;
            options.user = this;
            options.allocate = [](void* user, size_t size, size_t alignment) {
                static_cast<Counted*>(user)->taken += static_cast<int64_t>(size);
                return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
            };
            options.deallocate = [](void*, void* memory, size_t, size_t) { std::free(memory); };
            nib_context* made = nullptr;
            REQUIRE(nib_context_create(&options, &made) == NIB_OK);
            return unique<nib_context>(made);
        }
    } of_model, of_trainer;
    const unique<nib_context> first = of_model.context(), second = of_trainer.context();
    const Recipe recipe;
    const unique<nib_model> model = new_model(first.get(), dataset.get(), recipe);
    const int64_t models = of_model.taken;
    CHECK(models > 0);
    const unique<nib_trainer> trainer = nib::test::new_trainer(second.get(), model.get(), dataset.get(), recipe.train);
    REQUIRE(nib_trainer_observe(trainer.get(), 3, nullptr, nullptr) == NIB_OK);
    CHECK(of_model.taken == models);
    CHECK(of_trainer.taken > models);
}

TEST_CASE_METHOD(Fixture, "an observed step tells of the gradients that clipping left")
{
    Recipe recipe;
    recipe.train.optimizer = NIB_SGD;
    const auto norm = [&](double clip_norm) {
        recipe.train.clip_norm = clip_norm;
        const unique<nib_model> model = new_model(context.get(), dataset.get(), recipe);
        const unique<nib_trainer> trainer = new_trainer(model.get(), recipe.train);
        REQUIRE(nib_trainer_observe(trainer.get(), 1, nullptr, nullptr) == NIB_OK);
        double squares = 0;
        for (int32_t i = 0; i < 10; ++i) {
            auto tensor = sized<nib_tensor_statistics>();
            REQUIRE(nib_trainer_tensor_statistics(trainer.get(), i, &tensor) == NIB_OK);
            std::vector<float> values(static_cast<size_t>(tensor.rows * tensor.columns));
            REQUIRE(nib_trainer_values(trainer.get(), NIB_PARAMETER_GRADIENTS, i, values.data()) == NIB_OK);
            for (const float each : values) squares += static_cast<double>(each) * static_cast<double>(each);
        }
        return std::sqrt(squares);
    };
    const double whole = norm(0);
    CHECK(norm(2 * whole) == whole);
    CHECK(norm(whole / 3) == Approx(whole / 3).epsilon(1e-4)); // 1e-6 is added to the norm
}

TEST_CASE_METHOD(Fixture, "wrong arguments of a trainer")
{
    Recipe recipe;
    const unique<nib_model> model = new_model(context.get(), dataset.get(), recipe);
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

    const unique<nib_dataset> other = new_dataset(context.get(), std::string(small_text) + "zoe\n");
    CHECK(create(model.get(), other.get(), &recipe.train, &made) == NIB_ERR_MISMATCH);
    CHECK(made == nullptr);

    const unique<nib_trainer> trainer = new_trainer(model.get(), recipe.train);
    CHECK_REFUSED(context.get(), nib_trainer_run(trainer.get(), -1, nullptr, nullptr), "count is -1");
    CHECK(nib_trainer_run(nullptr, 1, nullptr, nullptr) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(nib_trainer_step(nullptr) == 0);
    CHECK(nib_trainer_learning_rate(nullptr, 0) == 0);
    nib_trainer_destroy(nullptr);
}

TEST_CASE_METHOD(Fixture, "a checkpoint is saved, described and resumed")
{
    const Folder folder;
    const std::string path = folder / "checkpoint.safetensors";
    const Recipe recipe;
    const unique<nib_model> model = new_model(context.get(), dataset.get(), recipe);
    const unique<nib_trainer> trainer = new_trainer(model.get(), recipe.train);
    std::vector<float> losses(50), rest(50);
    REQUIRE(nib_trainer_run(trainer.get(), 20, losses.data(), nullptr) == NIB_OK);
    REQUIRE(nib_trainer_save(trainer.get(), path.c_str()) == NIB_OK);
    REQUIRE(nib_trainer_run(trainer.get(), 30, losses.data() + 20, nullptr) == NIB_OK);
    REQUIRE(nib_trainer_resume(trainer.get(), path.c_str()) == NIB_OK);
    CHECK(nib_trainer_step(trainer.get()) == 20);
    REQUIRE(nib_trainer_run(trainer.get(), 30, rest.data() + 20, nullptr) == NIB_OK);
    for (size_t i = 20; i < 50; ++i) CHECK(rest[i] == losses[i]);

    int64_t step = 0;
    auto model_options = sized<nib_model_options>();
    auto train_options = sized<nib_train_options>();
    REQUIRE(nib_checkpoint_read(context.get(), path.c_str(), &step, &model_options, &train_options) == NIB_OK);
    CHECK(step == 20);
    auto of_model = sized<nib_model_options>();
    REQUIRE(nib_model_get_options(model.get(), &of_model) == NIB_OK);
    CHECK(model_options.network == std::string(of_model.network));
    CHECK(model_options.input == std::string("symbols context=3"));
    CHECK(model_options.seed == of_model.seed);
    CHECK(model_options.struct_size == sizeof model_options);
    CHECK(train_options.steps == 50);
    CHECK(train_options.struct_size == sizeof train_options);
    CHECK(nib_checkpoint_read(context.get(), path.c_str(), nullptr, nullptr, nullptr) == NIB_OK);
}

TEST_CASE_METHOD(Fixture, "wrong arguments of a checkpoint")
{
    const Folder folder;
    const std::string path = folder / "checkpoint.safetensors";
    Recipe recipe;
    const unique<nib_model> model = new_model(context.get(), dataset.get(), recipe);
    const unique<nib_trainer> trainer = new_trainer(model.get(), recipe.train);
    nib_context* c = context.get();
    CHECK(nib_trainer_save(nullptr, path.c_str()) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(nib_trainer_resume(nullptr, path.c_str()) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(nib_checkpoint_read(nullptr, path.c_str(), nullptr, nullptr, nullptr) == NIB_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(c, nib_trainer_save(trainer.get(), nullptr), "path is NULL");
    CHECK_REFUSED(c, nib_trainer_resume(trainer.get(), nullptr), "path is NULL");
    CHECK_REFUSED(c, nib_checkpoint_read(c, nullptr, nullptr, nullptr, nullptr), "path is NULL");
    recipe.model.struct_size -= 4;
    CHECK_REFUSED(c, nib_checkpoint_read(c, path.c_str(), nullptr, &recipe.model, nullptr), "struct_size");
    recipe.train.struct_size += 8;
    CHECK_REFUSED(c, nib_checkpoint_read(c, path.c_str(), nullptr, nullptr, &recipe.train), "struct_size");
    CHECK(nib_trainer_resume(trainer.get(), path.c_str()) == NIB_ERR_IO);
    says(c, "No such file");
    CHECK(nib_trainer_save(trainer.get(), (folder / "none/file").c_str()) == NIB_ERR_IO);
}
