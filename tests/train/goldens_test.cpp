// Whole training runs against PyTorch's: losses, evaluation, final tensors, calibration, sampled names.
// tests/goldens/README.md lists the tolerances and the differences seen.
#include "catch.hpp"
#include "deploy/sampler.hpp"
#include "fingerprint.hpp"
#include "goldens.hpp"
#include "models.hpp"
#include "net/evaluate.hpp"
#include "numbers.hpp"
#include "optim/learning_rate.hpp"
#include "train/trainer.hpp"

#include <cstdio>

using namespace nib;
using namespace nib::test;

namespace {

constexpr double loss_tolerance = 5e-6;
constexpr double tensor_tolerance = 1e-5; // 40 steps of up to 0.02
constexpr FingerprintTolerance fingerprint_tolerance{2e-5, 2e-5, 1e-5, 0.0, 2e-5};

bool near(double got, double wanted, double tolerance = loss_tolerance)
{
    INFO("found " << got << ", expected " << wanted);
    const bool fits = std::abs(got - wanted) <= tolerance;
    CHECK(fits);
    return fits;
}

Dataset text_of_run(const Json& run)
{
    if (run.at("data") == "lecture") return Dataset(load_text(lecture_path(), {}, heap()));
    return run.at("data") == "names" ? bundled_names() : text_of(run.at("text"));
}

// One of the golden runs, repeated; its losses and final losses are checked on the way.
struct Run {
    explicit Run(const Json& run)
        : text(text_of_run(run)), model(new_model(spec_of(model_options(run.at("model"))), text))
    {
        INFO(run.at("name").get<std::string>());
        const std::int64_t steps = run.at("steps_run");
        std::vector<float> losses(static_cast<std::size_t>(steps));
        Trainer trainer(model, text, train_options(run.at("train")), 2, heap());
        REQUIRE(trainer.run(steps, losses.data()) == steps);
        for (std::size_t i = 0; i < run.at("listed_steps").size(); ++i) {
            const std::size_t step = run.at("listed_steps")[i];
            INFO("step " << step);
            near(losses[step], run.at("losses")[i]);
        }
        near(evaluate(model, text, NIB_SPLIT_TRAIN, 2), run.at("train_loss"));
        near(evaluate(model, text, NIB_SPLIT_VAL, 2), run.at("val_loss"));
    }

    Dataset text;
    Model model;
};

void check_running(const Model& model, const Json& wanted)
{
    CHECK(wanted.size() == 2 * model.layout.running.size());
    for (const Running& running : model.layout.running) {
        const auto values = [&](std::ptrdiff_t offset, bool squared) {
            std::vector<float> all(model.running.data() + offset, model.running.data() + offset + running.size);
            for (float& each : all) each = squared ? each * each : each;
            return all;
        };
        INFO(running.prefix);
        CHECK(fingerprint_difference(values(running.mean, false), wanted.at(running.mean_name()),
                                     fingerprint_tolerance) == "");
        CHECK(fingerprint_difference(values(running.spread, running.is_std), wanted.at(running.variance_name()),
                                     fingerprint_tolerance) == "");
    }
}

void check_tensors(const Model& model, const Json& golden_run)
{
    const bool whole = golden_run.contains("final");
    const Json& tensors = golden_run.at(whole ? "final" : "final_fingerprints");
    for (const Tensor& tensor : model.layout.tensors) {
        INFO(golden_run.at("name").get<std::string>() << ": " << tensor.name);
        const std::vector<float> values = tensor_values(tensor, model.parameters.data());
        const Json& wanted = tensors.at(tensor.name);
        if (whole)
            CHECK(largest_difference(values, wanted.get<std::vector<double>>()) <= tensor_tolerance);
        else
            CHECK(fingerprint_difference(values, wanted, fingerprint_tolerance) == "");
    }
}

} // namespace

TEST_CASE("sizes other than the preset's are trained and sampled as PyTorch does")
{
    for (const Json& golden_run : golden("override.json").at("runs")) {
        if (golden_run.at("data") == "lecture" && lecture_path() == nullptr) {
            std::printf("left out, as %s: %s\n", no_lecture, golden_run.at("name").get<std::string>().c_str());
            continue;
        }
        const Run run(golden_run);
        nib_sampler_options options{sizeof options, golden_run.at("sample_seed"), 1.0, nullptr,
                                    4096,           NIB_STREAM_LECTURE,           0};
        Sampler sampler(run.model, options);
        for (const Json& name : golden_run.at("samples")) CHECK(sampler.next() == name.get<std::string>());
    }
}

TEST_CASE("lecture-deep with the biased variance, and without batch normalisation at four gains")
{
    for (const Json& golden_run : golden("deep_variants.json").at("runs")) Run{golden_run};
}

TEST_CASE("AdamW with warm-up and cosine decay")
{
    for (const Json& golden_run : golden("adamw.json").at("runs")) {
        const Run run(golden_run);
        const nib_train_options options = train_options(golden_run.at("train"));
        for (std::size_t i = 0; i < golden_run.at("learning_rates").size(); ++i) {
            const double wanted = golden_run.at("learning_rates")[i];
            near(learning_rate(options, golden_run.at("listed_steps")[i]), wanted, 1e-8);
        }
        check_tensors(run.model, golden_run);
    }
}

TEST_CASE("momentum, clipping by norm and the constant schedule")
{
    for (const Json& golden_run : golden("sgd.json").at("runs")) {
        const Run run(golden_run);
        check_tensors(run.model, golden_run);
    }
}

TEST_CASE("running statistics, and their calibration over the training split")
{
    for (const Json& golden_run : golden("calibrated.json").at("runs")) {
        Run run(golden_run);
        check_running(run.model, golden_run.at("running"));
        calibrate(run.model, run.text, NIB_SPLIT_TRAIN, 2);
        check_running(run.model, golden_run.at("calibrated"));
        near(evaluate(run.model, run.text, NIB_SPLIT_TRAIN, 2), golden_run.at("calibrated_train_loss"));
        near(evaluate(run.model, run.text, NIB_SPLIT_VAL, 2), golden_run.at("calibrated_val_loss"));
    }
}
