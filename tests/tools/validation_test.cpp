// The validation loss in nib train: its curve, the best model by it, and the end by patience.
#include "catch.hpp"
#include "goldens.hpp"
#include "tools/kill.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

using namespace nib::test;
namespace fs = std::filesystem;

namespace {

std::vector<Json> records(const std::string& folder, const char* type)
{
    std::vector<Json> found;
    for (const std::string& line : lines_of(read_text(folder + "/metrics.jsonl"))) {
        Json record = Json::parse(line);
        if (record.at("type") == type) found.push_back(std::move(record));
    }
    return found;
}

const Json& best_of(const std::vector<Json>& curve)
{
    return *std::min_element(curve.begin(), curve.end(), [](const Json& a, const Json& b) {
        return a.at("val").get<double>() < b.at("val").get<double>();
    });
}

// A network that has memorised the small text long before its last step.
std::vector<std::string> overfitting(const TextFolder& folder, const std::string& out,
                                     const std::vector<std::string>& more = {})
{
    std::vector<std::string> all = run_of(folder, out, {"--weight-decay", "0", "--lr", "0.01"});
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

std::string best_model_of(const TextFolder& folder, const std::string& out)
{
    return read_text(folder / (out + "/best.safetensors"));
}

} // namespace

TEST_CASE("a run is evaluated ten times, and the best model is kept")
{
    const TextFolder folder;
    const Result result = run_nib(overfitting(folder, "run"));
    REQUIRE(result.exit_code == 0);
    contains(result.err, "validation: every 150 steps, on all ");
    const std::vector<Json> curve = records(folder / "run", "validation");
    REQUIRE(curve.size() == 10);
    CHECK(curve.front().at("step") == 150);
    CHECK(curve.back().at("step") == 1500);
    const Json& best = best_of(curve);
    REQUIRE(best.at("step") < 1500);
    contains(result.err, "run/best.safetensors is the better model: its validation loss is ");

    // The split is small, so the curve is that of the whole split.
    const std::vector<std::string> lines = lines_of(result.out);
    REQUIRE(lines.size() > 4);
    CHECK(lines[lines.size() - 2] == "best step " + std::to_string(best.at("step").get<int>()));
    char val[64];
    std::snprintf(val, sizeof val, "best val %.7f", best.at("val").get<double>());
    CHECK(lines.back() == val);
    std::snprintf(val, sizeof val, "val %.7f", curve.back().at("val").get<double>());
    CHECK(lines[lines.size() - 3] == val);
    CHECK(lines[lines.size() - 4].starts_with("train "));
    contains(run_nib({"eval", folder / "run/best.safetensors", folder.names()}).out, lines.back().substr(5));
    const std::vector<Json> told = records(folder / "run", "best");
    REQUIRE(told.size() == 1);
    CHECK(told.front().at("step") == best.at("step"));
    const Json run = records(folder / "run", "run").front();
    CHECK(run.at("eval_every") == 150);
    CHECK(run.at("patience") == 0);
    contains(read_text(folder / "run/report.html"), "\"validation\":[[150.0,");
}

TEST_CASE("evaluation leaves the training's bits alone, however often it is done")
{
    const TextFolder folder;
    REQUIRE(run_nib(run_of(folder, "never", {"--eval-every", "0"})).exit_code == 0);
    CHECK_FALSE(fs::exists(folder / "never/best.safetensors"));
    CHECK(records(folder / "never", "validation").empty());
    for (const char* every : {"7", "150", "1500"}) {
        REQUIRE(run_nib(run_of(folder, every, {"--eval-every", every, "--threads", "3"})).exit_code == 0);
        CHECK(model_of(folder, every) == model_of(folder, "never"));
    }
    CHECK(records(folder / "7", "validation").size() == 215); // 214 times 7 steps, and the last
    CHECK(records(folder / "1500", "validation").size() == 1);
    CHECK(best_model_of(folder, "1500") == model_of(folder, "1500"));
}

TEST_CASE("the lecture's runs are as they were: two lines at the end, and no other model")
{
    const TextFolder folder;
    const Result result =
        run_nib({"train", folder.names(), "--preset", "lecture-kaiming", "--steps", "40", "--out", folder / "run"});
    REQUIRE(result.exit_code == 0);
    const std::vector<std::string> lines = lines_of(result.out);
    REQUIRE(lines.size() > 2);
    CHECK(lines.back().starts_with("val "));
    CHECK(lines[lines.size() - 2].starts_with("train "));
    CHECK(result.err.find("validation") == std::string::npos);
    CHECK_FALSE(fs::exists(folder / "run/best.safetensors"));
    const Result asked = run_nib({"train", folder.names(), "--preset", "lecture-kaiming", "--steps", "40", "--out",
                                  folder / "run", "--overwrite", "--eval-every", "10"});
    CHECK(records(folder / "run", "validation").size() == 4);
    contains(asked.out, "best step ");
}

TEST_CASE("where the whole split would take too long, evaluations take the same part of it")
{
    const TextFolder folder;
    const Result result = run_nib({"train", source_path("data/names.txt"), "--steps", "40", "--batch", "8", "--hidden",
                                   "16", "--out", folder / "run"});
    REQUIRE(result.exit_code == 0);
    contains(result.err, "validation: every 4 steps, on the same 256 of ");
    CHECK(records(folder / "run", "run").front().at("eval_examples") == 256);
    CHECK(records(folder / "run", "validation").size() == 10);
}

TEST_CASE("a run killed at random moments keeps the same best model and the same curve")
{
    const TextFolder folder;
    REQUIRE(run_nib(run_of(folder, "whole")).exit_code == 0);
    const std::vector<Json> curve = records(folder / "whole", "validation");
    std::mt19937 random(2);
    for (int kills = 0, runs = 0; kills < 2; ++runs) {
        const std::string out = "killed" + std::to_string(runs);
        kills += kill_until_done(folder, out, random);
        CHECK(best_model_of(folder, out) == best_model_of(folder, "whole"));
        CHECK(records(folder / out, "validation") == curve);
        CHECK(records(folder / out, "best") == records(folder / "whole", "best"));
    }
}

TEST_CASE("patience ends a run, which is finished then, and goes on with more of it")
{
    const TextFolder folder;
    REQUIRE(run_nib(overfitting(folder, "whole", {"--eval-every", "50"})).exit_code == 0);
    const std::vector<Json> curve = records(folder / "whole", "validation");
    const Result ended = run_nib(overfitting(folder, "run", {"--eval-every", "50", "--patience", "3"}));
    CHECK(ended.exit_code == 0);
    contains(ended.err, " of 1500: no new best in 3 evaluations; a larger --patience goes on");
    const std::vector<Json> some = records(folder / "run", "validation");
    REQUIRE(some.size() < curve.size());
    CHECK(std::equal(some.begin(), some.end(), curve.begin()));
    const std::int64_t best = best_of(some).at("step"), last = some.back().at("step");
    CHECK(last == best + 150);
    CHECK(records(folder / "run", "end").front().at("step") == last);
    contains(ended.out, "best step " + std::to_string(best) + "\n");

    const Result refused = run_nib(overfitting(folder, "run", {"--eval-every", "50", "--patience", "3"}));
    CHECK(refused.exit_code == 1);
    contains(refused.err, "holds a finished run, which ended after step " + std::to_string(last) + " of 1500");
    const Result again = run_nib({"train", folder.names(), "--out", folder / "run", "--resume"});
    CHECK(again.exit_code == 0);
    contains(again.err, "no new best in 3 evaluations");
    CHECK(records(folder / "run", "validation") == some);

    const Result more = run_nib({"train", folder.names(), "--out", folder / "run", "--resume", "--patience", "1000"});
    CHECK(more.exit_code == 0);
    CHECK(model_of(folder, "run") == model_of(folder, "whole"));
    CHECK(best_model_of(folder, "run") == best_model_of(folder, "whole"));
    CHECK(records(folder / "run", "validation") == curve);
}

TEST_CASE("patience without evaluations is wrong usage, and so is less than none")
{
    const TextFolder folder;
    const Result result = run_nib(run_of(folder, "run", {"--eval-every", "0", "--patience", "2"}));
    CHECK(result.exit_code == 2);
    contains(result.err, "--patience has no effect without evaluations: --eval-every above 0");
    CHECK_FALSE(fs::exists(folder / "run"));
    CHECK(run_nib(run_of(folder, "run", {"--patience", "-1"})).exit_code == 2);
}

TEST_CASE("a best model that is damaged or of another network ends a run that goes on, and says the way out")
{
    const TextFolder folder;
    REQUIRE(
        run_nib(run_of(folder, "run", {"--steps", "40", "--optimizer", "sgd", "--schedule", "constant"})).exit_code ==
        0);
    const std::string file = folder / "run/best.safetensors";
    const auto go_on = [&] {
        return run_nib({"train", folder.names(), "--out", folder / "run", "--resume", "--steps", "80"});
    };
    write_text(file, "not a model");
    contains(go_on().err, "without that file the run goes on");
    REQUIRE(run_nib(run_of(folder, "other", {"--steps", "10", "--embedding", "3"})).exit_code == 0);
    write_text(file, model_of(folder, "other"));
    contains(go_on().err, "is of another network than the checkpoint beside it; without that file");
    fs::remove(file);
    CHECK(go_on().exit_code == 0);
    CHECK(fs::exists(file));
    CHECK(records(folder / "run", "validation").back().at("step") == 80);
}
