// A training run that was ended in any way resumes to exactly the model of the run that was never ended.
#include "catch.hpp"
#include "tools/kill.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

using namespace nib::test;
namespace fs = std::filesystem;

namespace {

// The step records of metrics.jsonl, without the time they took.
std::vector<std::string> steps_of(const std::string& folder)
{
    std::vector<std::string> steps;
    for (const std::string& line : lines_of(read_text(folder + "/metrics.jsonl")))
        if (line.starts_with("{\"type\":\"step\"")) steps.push_back(line.substr(0, line.find(",\"seconds\"")));
    return steps;
}

// Waits until the run has its first checkpoint, ten seconds at most.
void wait_for_checkpoint(const std::string& folder)
{
    for (int i = 0; i < 1000 && !fs::exists(folder + "/checkpoint.safetensors"); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    REQUIRE(fs::exists(folder + "/checkpoint.safetensors"));
}

// Too many steps for a run to end by itself in a test.
const std::vector<std::string> endless = {"--steps", "100000000"};

} // namespace

TEST_CASE("a run killed at random moments ends with the same model and the same metrics")
{
    const TextFolder folder;
    REQUIRE(run_nib(run_of(folder, "whole")).exit_code == 0);
    std::mt19937 random(1);
    for (int kills = 0, runs = 0; kills < 3; ++runs) {
        const std::string out = "killed" + std::to_string(runs);
        kills += kill_until_done(folder, out, random);
        CHECK(model_of(folder, out) == model_of(folder, "whole"));
        CHECK(steps_of(folder / out).size() > 100);
        CHECK(steps_of(folder / out) == steps_of(folder / "whole"));
        for (const fs::directory_entry& entry : fs::directory_iterator(folder / out))
            CHECK(entry.path().extension() != ".tmp"); // the killed runs' temporary files are gone
    }
}

TEST_CASE("a signal stops the run after a checkpoint, and ends the program")
{
    const TextFolder folder;
    for (const int signal : {SIGINT, SIGHUP}) {
        const std::string out = "run" + std::to_string(signal);
        Child child(run_of(folder, out, endless));
        wait_for_checkpoint(folder / out);
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        child.send(signal);
        CHECK(child.wait() == -signal);
        contains(child.err(), "--resume goes on from " + folder / out + "/checkpoint.safetensors");
        CHECK(!fs::exists(folder / out + "/model.safetensors"));

        const Result refused = run_nib(run_of(folder, out));
        CHECK(refused.exit_code == 1);
        contains(refused.err, "holds a run that was stopped after step ");
        contains(refused.err, " of 100000000: --resume goes on with it, --overwrite starts anew");
        const Result anew = run_nib(run_of(folder, out, {"--overwrite"}));
        CHECK(anew.exit_code == 0);
        CHECK(fs::exists(folder / out + "/model.safetensors"));
    }
}

TEST_CASE("a stopped run goes on without its options, to the same model")
{
    const TextFolder folder;
    REQUIRE(run_nib(run_of(folder, "whole", {"--steps", "9000"})).exit_code == 0);
    Child child(run_of(folder, "run", {"--steps", "9000"}));
    wait_for_checkpoint(folder / "run");
    child.send(SIGINT);
    REQUIRE(child.wait() == -SIGINT);
    const Result rest = run_nib({"train", folder.names(), "--out", folder / "run", "--resume", "--threads", "3"});
    CHECK(rest.exit_code == 0);
    contains(rest.err, "going on after step ");
    CHECK(model_of(folder, "run") == model_of(folder, "whole"));
    const std::string metrics = read_text(folder / "run/metrics.jsonl");
    contains(metrics, "\"step\":8999,");

    // Resumed once more, there is nothing left to do, and the model is the same.
    const Result again = run_nib({"train", folder.names(), "--out", folder / "run", "--resume"});
    CHECK(again.exit_code == 0);
    const std::vector<std::string> all = lines_of(rest.out), last(all.end() - 4, all.end()); // train, val, and the best
    CHECK(lines_of(again.out) == last);
    CHECK(model_of(folder, "run") == model_of(folder, "whole"));
}

TEST_CASE("a run of bytes goes on as one")
{
    const TextFolder folder;
    REQUIRE(run_nib(run_of(folder, "run", {"--bytes", "--steps", "20"})).exit_code == 0);
    const Result again = run_nib({"train", folder.names(), "--out", folder / "run", "--resume"});
    CHECK(again.exit_code == 0);
    contains(run_nib({"info", folder / "run/model.safetensors"}).out, "(bytes)");
}

TEST_CASE("what fails before the first step leaves the run before as it was")
{
    const TextFolder folder;
    REQUIRE(run_nib(run_of(folder, "run", {"--steps", "20"})).exit_code == 0);
    const std::string checkpoint = read_text(folder / "run/checkpoint.safetensors");
    const std::string metrics = read_text(folder / "run/metrics.jsonl");
    const Result result =
        run_nib(run_of(folder, "run", {"--overwrite", "--steps", "30", "--tensorboard", folder.names()}));
    CHECK(result.exit_code == 1);
    contains(result.err, "cannot make the folder " + folder.names());
    CHECK(read_text(folder / "run/checkpoint.safetensors") == checkpoint);
    CHECK(read_text(folder / "run/metrics.jsonl") == metrics);
}

TEST_CASE("other options and other data are refused by name")
{
    const TextFolder folder;
    {
        Child child(run_of(folder, "run", endless));
        wait_for_checkpoint(folder / "run");
        child.send(SIGTERM);
        REQUIRE(child.wait() == -SIGTERM);
    }
    const std::string before = read_text(folder / "run/checkpoint.safetensors");
    const struct {
        std::vector<std::string> options;
        const char* words;
    } changes[] = {
        {{"--steps", "100"}, "one of --steps 100000000, by which --schedule cosine gives each step its learning rate"},
        {{"--lr", "0.5"}, "--lr is 0.003 there and 0.5 here"},
        {{"--hidden", "25"},
         "--network is ..., linear 24, batchnorm, tanh, linear 24, ... there and "
         "..., linear 25, batchnorm, tanh, linear 25, ... here; --hidden describes "},
        {{"--network", "embedding 24, flatten, linear"},
         ", batchnorm, tanh, linear gain=0.1 there and ..., linear here"},
        {{"--context", "3"}, "--input is symbols there and symbols context=3 here"},
        {{"--seed", "1"}, "--seed is "},
        {{"--preset", "lecture-deep"}, "--network is embedding 24, flatten, linear 24, batchnorm, "},
    };
    for (const auto& change : changes) {
        std::vector<std::string> all = {"train", folder.names(), "--out", folder / "run", "--resume"};
        all.insert(all.end(), change.options.begin(), change.options.end());
        const Result result = run_nib(all);
        CHECK(result.exit_code == 1);
        contains(result.err, change.words);
    }
    write_text(folder / "other.txt", read_text(folder.names()) + "emma\n");
    const Result result = run_nib({"train", folder / "other.txt", "--out", folder / "run", "--resume"});
    CHECK(result.exit_code == 1);
    contains(result.err, "data.items is 20 there and 21 here");
    CHECK(read_text(folder / "run/checkpoint.safetensors") == before);
    CHECK(run_nib(run_of(folder, "run", {"--resume", "--overwrite"})).exit_code == 2);
}

TEST_CASE("--resume in a folder without a checkpoint starts anew, and says so")
{
    const TextFolder folder;
    const Result result = run_nib(run_of(folder, "run", {"--resume"}));
    CHECK(result.exit_code == 0);
    contains(result.err, "no checkpoint yet, training starts anew");
    REQUIRE(run_nib(run_of(folder, "whole")).exit_code == 0);
    CHECK(model_of(folder, "run") == model_of(folder, "whole"));
}

TEST_CASE("a finished run is not replaced without --overwrite")
{
    const TextFolder folder;
    REQUIRE(run_nib(run_of(folder, "run", {"--steps", "20"})).exit_code == 0);
    const std::string model = model_of(folder, "run");
    const Result again = run_nib(run_of(folder, "run", {"--steps", "21"}));
    CHECK(again.exit_code == 1);
    contains(again.err, "holds a finished run of 20 steps: --overwrite replaces it, --resume --steps MORE goes on");
    fs::rename(folder / "run/checkpoint.safetensors", folder / "checkpoint");
    for (const std::vector<std::string>& options : {std::vector<std::string>{}, {"--resume"}}) {
        const Result refused = run_nib(run_of(folder, "run", options)); // a model alone is kept, too
        CHECK(refused.exit_code == 1);
        contains(refused.err, "holds the model of an earlier run without its checkpoint: --overwrite replaces it");
    }
    CHECK(model_of(folder, "run") == model);
    CHECK(run_nib(run_of(folder, "run", {"--steps", "21", "--overwrite"})).exit_code == 0);
    CHECK(model_of(folder, "run") != model);
}

TEST_CASE("a finished run goes on for more steps where the schedule does not depend on them")
{
    const TextFolder folder;
    const std::vector<std::string> deep = {"--preset", "lecture-deep", "--warmup", "0"};
    const auto steps = [&](const char* count, const char* more) {
        std::vector<std::string> all = deep;
        all.insert(all.end(), {"--steps", count, more});
        return all;
    };
    REQUIRE(run_nib(run_of(folder, "whole", steps("90", "--overwrite"))).exit_code == 0);
    REQUIRE(run_nib(run_of(folder, "run", steps("40", "--overwrite"))).exit_code == 0);
    // Only the number of steps is given: network, training and data are the run's.
    const Result more = run_nib({"train", "--out", folder / "run", "--resume", "--steps", "90"});
    INFO(more.err);
    CHECK(more.exit_code == 0);
    contains(more.err, "going on after step 40 of 90");
    CHECK(model_of(folder, "run") == model_of(folder, "whole"));
    CHECK(steps_of(folder / "run").size() == 90);
    CHECK(steps_of(folder / "run") == steps_of(folder / "whole"));
    CHECK(run_nib({"doctor", folder / "run"}).exit_code < 2);
    const Result fewer = run_nib({"train", "--out", folder / "run", "--resume", "--steps", "50"});
    CHECK(fewer.exit_code == 1);
    contains(fewer.err, "--steps is 90 there and 50 here");

    REQUIRE(run_nib(run_of(folder, "cosine", {"--steps", "40"})).exit_code == 0);
    const Result cosine = run_nib({"train", "--out", folder / "cosine", "--resume", "--steps", "90"});
    CHECK(cosine.exit_code == 1);
    contains(cosine.err, "one of --steps 40, by which --schedule cosine gives each step its learning rate");
    contains(cosine.err, "--init " + folder / "cosine" + "/model.safetensors --out OTHER trains its model on");
}

TEST_CASE("a checkpoint that is damaged is neither used nor replaced")
{
    const TextFolder folder;
    REQUIRE(run_nib(run_of(folder, "run")).exit_code == 0);
    const std::string file = folder / "run/checkpoint.safetensors";
    std::string bytes = read_text(file);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    write_text(file, bytes);
    for (const char* option : {"--resume", "--threads=1"}) {
        const Result result = run_nib(run_of(folder, "run", {option}));
        CHECK(result.exit_code == 1);
        contains(result.err, "damaged: the checksum of its tensors and metadata");
    }
    CHECK(read_text(file) == bytes);
    CHECK(run_nib(run_of(folder, "run", {"--overwrite"})).exit_code == 0);
}

TEST_CASE("a second run in the same folder is refused, and does not disturb the first")
{
    const TextFolder folder;
    Child child(run_of(folder, "run", endless));
    wait_for_checkpoint(folder / "run");
    for (const char* option : {"--resume", "--overwrite"}) {
        const Result result = run_nib(run_of(folder, "run", {option}));
        CHECK(result.exit_code == 1);
        contains(result.err, "another run is at work in " + folder / "run" + " (process ");
    }
    child.send(SIGINT);
    CHECK(child.wait() == -SIGINT);
}
