#include "api/plain.hpp"
#include "catch.hpp"
#include "tools/run.hpp"

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

using namespace nib::test;

namespace {

const std::vector<std::string> small_net = {
    "--preset", "lecture-deep", "--hidden",  "12", "--hidden-layers", "2", "--batch", "8",
    "--steps",  "101",          "--threads", "2"};

std::vector<std::string> train(const TextFolder& folder, const std::vector<std::string>& more,
                               const std::string& data = "")
{
    std::vector<std::string> all = {"train", data.empty() ? folder.names() : data, "--out", folder / "run"};
    all.insert(all.end(), small_net.begin(), small_net.end());
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

template <class... Values>
std::string formatted(const char* format, Values... values)
{
    char text[128];
    std::snprintf(text, sizeof text, format, values...);
    return text;
}

// The output of the command above with --log-every, computed with the library itself.
std::vector<std::string> expected_lines(int log_every)
{
    const nib::context context(2);
    const nib::dataset dataset = nib::dataset::from_memory(context, small_text);
    nib::recipe recipe("lecture-deep");
    recipe.model.network = "embedding 10, flatten, 2 x (linear 12 gain=1, batchnorm variance=unbiased, tanh), linear, "
                           "batchnorm variance=unbiased gain=0.1";
    recipe.train.steps = 101;
    recipe.train.batch_size = 8;
    nib::model model(context, recipe.model, dataset);
    nib::trainer trainer(context, model, dataset, recipe.train);
    std::vector<float> losses(101);
    REQUIRE(trainer.run(101, losses) == 101);

    std::vector<std::string> lines;
    for (int step = 0; step < 101; step += log_every)
        lines.push_back(formatted("%7d/%7d: %.4f", step, 101, static_cast<double>(losses[static_cast<size_t>(step)])));
    lines.push_back(formatted("train %.7f", model.evaluate(dataset, NIB_SPLIT_TRAIN)));
    lines.push_back(formatted("val %.7f", model.evaluate(dataset, NIB_SPLIT_VAL)));
    return lines;
}

} // namespace

TEST_CASE("training prints the loss of every Nth step, and the losses of the splits")
{
    const TextFolder folder;
    const Result result = run_nib(train(folder, {"--log-every", "40"}));
    CHECK(result.exit_code == 0);
    CHECK(lines_of(result.out) == expected_lines(40));
    contains(result.err, folder.names());
    contains(result.err, "wrote " + folder / "run/model.safetensors");
    CHECK(std::filesystem::exists(folder / "run/model.safetensors"));
    const std::string page = read_text(folder / "run/report.html");
    contains(page, "\"name\":\"training loss\"");
    contains(page, "\"checks\":[{\"check\":\"initial loss\"");
}

TEST_CASE("without a terminal and without --log-every, about twenty lines are printed")
{
    const TextFolder folder;
    CHECK(lines_of(run_nib(train(folder, {})).out) == expected_lines(5));
    CHECK(lines_of(run_nib(train(folder, {"--steps", "7", "--overwrite"})).out).size() == 9);
}

TEST_CASE("the folder for the results is made, and may be there already")
{
    const TextFolder folder;
    for (int i = 0; i < 2; ++i) {
        CHECK(run_nib(train(folder, {"--out", folder / "a/b", "--overwrite"})).exit_code == 0);
        CHECK(std::filesystem::exists(folder / "a/b/model.safetensors"));
    }
    const Result result = run_nib(train(folder, {"--out", folder.names()}));
    CHECK(result.exit_code == 1);
    contains(result.err, "names.txt");
}

TEST_CASE("options override the preset's")
{
    const TextFolder folder;
    REQUIRE(run_nib(train(folder, {"--context", "4", "--embedding", "5", "--activation", "relu", "--gain", "0.5",
                                   "--bn-variance", "biased", "--bn-momentum", "0.25", "--seed", "7", "--steps", "1"}))
                .exit_code == 0);
    const nib::context context(1);
    const nib::model model = nib::model::load(context, folder / "run/model.safetensors");
    const nib_model_options options = model.options();
    CHECK(options.network == std::string("embedding 5, flatten, linear 12 gain=0.5, batchnorm momentum=0.25, relu, "
                                         "linear 12 gain=0.5, batchnorm momentum=0.25, relu, linear, "
                                         "batchnorm momentum=0.25 gain=0.1"));
    CHECK(options.input == std::string("symbols context=4"));
    CHECK(options.seed == 7);
}

TEST_CASE("without batch normalisation, the output weights carry the last one's gain")
{
    const TextFolder folder;
    REQUIRE(run_nib(train(folder, {"--batchnorm", "off", "--steps", "1"})).exit_code == 0);
    const std::string info = run_nib({"info", folder / "run/model.safetensors"}).out;
    contains(info, "network        embedding 10, flatten, linear 12 gain=1, tanh, linear 12 gain=1,\n"
                   "               tanh, linear gain=0.1\n");
}

TEST_CASE("a small text gets fewer steps, unless the command line says how many")
{
    const TextFolder folder;
    const auto steps = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments = {
            "train",       folder.names(), "--network",   "embedding 2, flatten, linear",
            "--overwrite", "--out",        folder / "run"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Result result = run_nib(arguments);
        INFO(result.err);
        REQUIRE(result.exit_code == 0);
        return result.err;
    };
    contains(steps({}), "500 steps, as there are 110 training examples; --steps sets them\n");
    CHECK(steps({"--steps", "600"}).find("as there are") == std::string::npos);
    CHECK(steps({"--preset", "lecture-deep", "--steps", "10"}).find("as there are") == std::string::npos);
}

TEST_CASE("the names that come with nib are the default")
{
    const TextFolder folder;
    const Result result = run_nib({"train", "--out", folder / "run", "--steps", "2", "--hidden", "4"});
    CHECK(result.exit_code == 0);
    contains(result.err, "names.txt: 30290 items");
}

TEST_CASE("--bytes reads what is not UTF-8")
{
    const TextFolder folder;
    write_text(folder / "latin1.txt", std::string(small_text) + "\xE9mile\n");
    const Result refused = run_nib(train(folder, {}, folder / "latin1.txt"));
    CHECK(refused.exit_code == 1);
    contains(refused.err, "latin1.txt:21");
    contains(refused.err, "; --bytes takes bytes of any kind as symbols");
    CHECK(run_nib(train(folder, {"--bytes"}, folder / "latin1.txt")).exit_code == 0);
    const Result known = run_nib({"eval", folder / "run/model.safetensors", folder / "latin1.txt"});
    CHECK(known.err.find("--bytes") == std::string::npos); // eval neither has nor needs it
}

TEST_CASE("a warm-up that does not end within the run is shortened, and said where it was asked for")
{
    const TextFolder folder;
    const auto warmup = [&](const std::vector<std::string>& options) {
        std::vector<std::string> all = {"train", folder.names(), "--hidden",     "8",          "--batch",
                                        "8",     "--out",        folder / "run", "--overwrite"};
        all.insert(all.end(), options.begin(), options.end());
        const Result result = run_nib(all);
        CHECK(result.exit_code == 0);
        const std::string record = lines_of(read_text(folder / "run/metrics.jsonl")).front();
        const std::string key = "\"warmup_steps\":";
        return std::to_string(std::stoi(record.substr(record.find(key) + key.size()))) + " " + lines_of(result.err)[0];
    };
    CHECK(warmup({"--steps", "50"}) ==
          "5 a warm-up of 200 steps does not end within the run of 50: shortened to 5; --warmup sets it");
    CHECK(warmup({"--steps", "5"}) ==
          "0 a warm-up of 200 steps does not end within the run of 5: shortened to 0; --warmup sets it");
    CHECK(warmup({"--steps", "50", "--warmup", "100"}) ==
          "100 --warmup 100 does not end within the run of 50 steps: the learning rate reaches 0.0015, not 0.003");
    CHECK(warmup({"--steps", "201"}).starts_with("200 data: ")); // the warm-up ends: nothing to report
    CHECK(run_nib({"train", folder.names(), "--out", folder / "run", "--resume"}).exit_code == 0);
}

TEST_CASE("messages call options as one types them")
{
    const TextFolder folder;
    contains(run_nib(train(folder, {"--batch", "1"})).err,
             "nib: error: --batch is 1: batch normalisation needs 2 at least\n");
    contains(run_nib(train(folder, {"--batchnorm", "off", "--gain", "1e10", "--activation", "identity"})).err,
             "the initial weights are too large");
    const Result few = run_nib(train(folder, {"--preset", "lecture-deep", "--gain", "1e20", "--overwrite"}));
    CHECK(few.exit_code == 1);
    contains(few.err, "likely the initial weights are too large: the gain of layer 2 (linear) is 1e+20, ");
    contains(read_text(folder / "run/metrics.jsonl"), "(linear) is 1e+20"); // shown by the doctor and the report
}

TEST_CASE("texts in other encodings are called by their names")
{
    const TextFolder folder;
    std::string wide = "\xFF\xFE", returns;
    for (const char c : std::string(small_text)) {
        wide += std::string(1, c) + std::string(1, '\0');
        returns += c == '\n' ? '\r' : c;
    }
    write_text(folder / "wide.txt", wide);
    write_text(folder / "returns.txt", returns);
    contains(run_nib(train(folder, {}, folder / "wide.txt")).err, "wide.txt: a text in UTF-16, expected UTF-8");
    contains(run_nib(train(folder, {}, folder / "returns.txt")).err, "returns.txt: lines that end with CR alone");
}

TEST_CASE("a wrong command line ends with 2, and says which option")
{
    const TextFolder folder;
    const std::vector<std::vector<std::string>> wrong = {
        {"--hidden", "0"},
        {"--hidden", "3x"},
        {"--context", "257"},
        {"--lr", "nan"},
        {"--lr", "0"},
        {"--preset", "lecture"},
        {"--threads", "1025"},
        {"--batchnorm", "maybe"},
        {"--log-every", "0"},
        {"--seed", "4294967296"},
        {"--lr-min", "0.1"},
        {"--lr-min", "0.2", "--schedule", "cosine"},
        {"--weight-decay", "0.1"},
        {"--bn-momentum", "1.5"},
        {"--epochs", "3"},
        {"--lr", "0.1x"},
        {"--lr", ""},
        {"--steps", "1e3"},
        {"--init", ""},
        {"--tensorboard", ""},
        {"--steps"},
    };
    for (const auto& words : wrong) {
        const Result result = run_nib(train(folder, words));
        CAPTURE(words.front());
        CHECK(result.exit_code == 2);
        CHECK(result.out.empty());
        contains(result.err, words.front());
    }
    // An empty variable of a script does not stand for the names that come with nib.
    CHECK(run_nib({"train", "", "--out", folder / "run"}).exit_code == 2);
    CHECK(run_nib(train(folder, {"--out", ""})).exit_code == 2);
    CHECK(run_nib(train(folder, {"--batch", "1"})).exit_code == 2);
    CHECK(run_nib(train(folder, {"--batchnorm", "off", "--bn-momentum", "0.5"})).exit_code == 2);
    CHECK(!std::filesystem::exists(folder / "run"));
}

TEST_CASE("a missing text ends with 1")
{
    const TextFolder folder;
    const Result result = run_nib(train(folder, {}, folder / "nothing.txt"));
    CHECK(result.exit_code == 1);
    CHECK(result.out.empty());
    contains(result.err, "nothing.txt");
}

TEST_CASE("a run that diverges ends with 1, after the lines before, and writes no model")
{
    const TextFolder folder;
    const Result result = run_nib(train(folder, {"--batchnorm", "off", "--activation", "identity", "--lr", "1e6",
                                                 "--steps", "1000", "--log-every", "1"}));
    CHECK(result.exit_code == 1);
    contains(result.err, "not finite");
    CHECK(!lines_of(result.out).empty());
    CHECK(result.out.find("train") == std::string::npos);
    CHECK(!std::filesystem::exists(folder / "run/model.safetensors"));
    contains(read_text(folder / "run/report.html"), "Training broke down: ");
}

TEST_CASE("a stdout that cannot be written to ends with 1, and the model is there")
{
    const TextFolder folder;
    const Result result = run_nib(train(folder, {}), "/dev/full");
    CHECK(result.exit_code == 1);
    contains(result.err, "standard output");
    CHECK(std::filesystem::exists(folder / "run/model.safetensors"));
}
