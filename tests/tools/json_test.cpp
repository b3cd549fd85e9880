// --json prints one value and nothing else on standard output; --quiet prints nothing that nobody asked for.
#include "catch.hpp"
#include "tools/run.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace nib::test;
using Json = nlohmann::json;

namespace {

using Words = std::vector<std::string>;

const std::string penguins = std::string(NIB_SOURCE_DIR) + "/data/penguins.csv";

// The one line that is printed.
Json json_of(const Words& arguments, int exit_code = 0)
{
    const Result result = run_nib(arguments);
    CAPTURE(arguments, result.out, result.err);
    CHECK(result.exit_code == exit_code);
    REQUIRE(lines_of(result.out).size() == 1);
    return Json::parse(result.out);
}

Words train_text(const TextFolder& folder, const Words& more)
{
    Words words = {"train",
                   folder.names(),
                   "--out",
                   folder / "run",
                   "--overwrite",
                   "--network",
                   "embedding 3, flatten, linear 5, tanh, linear",
                   "--steps",
                   "20"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

Words train_table(const Folder& folder, const Words& more)
{
    Words words = {"train", penguins,       "--target",    "species", "--missing", "mean",
                   "--out", folder / "run", "--overwrite", "--steps", "20"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

void is_silent(const Words& arguments)
{
    const Result result = run_nib(arguments);
    CAPTURE(arguments);
    CHECK(result.exit_code == 0);
    CHECK(result.out.empty());
    CHECK(result.err.empty());
}

} // namespace

TEST_CASE("of a text, train's results, the losses and what a file holds are JSON")
{
    const TextFolder folder;
    const Json trained = json_of(train_text(folder, {"--json", "--log-every", "5"}));
    CHECK(trained.at("steps") == 20);
    CHECK(trained.at("folder") == folder / "run");
    CHECK(trained.at("seconds") > 0);
    CHECK(trained.at("best").at("step") <= 20);
    CHECK(trained.at("best").at("val_loss").is_number_float());

    const std::string model = folder / "run/model.safetensors";
    const Json evaluated = json_of({"eval", model, "--json"});
    for (const char* split : {"train", "val"}) CHECK(evaluated.at(split).at("loss") == trained.at(split).at("loss"));

    const Json info = json_of({"info", model, "--json"});
    CHECK(info.at("kind") == "model");
    CHECK(info.at("options").at("network") == "embedding 3, flatten, linear 5, tanh, linear");
    CHECK(info.at("vocabulary").at("encoding") == "UTF-8");
    CHECK(info.at("vocabulary").at("symbols").at(0) == "a");
    CHECK(info.at("layers").size() == 5);
    CHECK(info.at("tensors").at(0) == Json{{"name", "0.weight"}, {"rows", 20}, {"columns", 3}});

    REQUIRE(run_nib({"fold", model, "-o", folder / "names.nib"}).exit_code == 0);
    const Json folded = json_of({"info", folder / "names.nib", "--json"});
    CHECK(folded.at("kind") == "folded model");
    CHECK(folded.at("vocabulary") == info.at("vocabulary"));
    CHECK(folded.at("certificate").at("examples") > 0);
    std::size_t bytes = 0;
    for (const Json& part : folded.at("parts")) bytes += part.at("bytes").get<std::size_t>();
    CHECK(folded.at("flash_bytes") == bytes);
}

TEST_CASE("the doctor's verdicts are JSON, and its exit status is the same")
{
    const TextFolder folder;
    REQUIRE(run_nib({"train", folder.names(), "--out", folder / "run", "--preset", "lecture-original", "--steps", "3"})
                .exit_code == 0);
    const Json verdicts = json_of({"doctor", folder / "run", "--json"}, 1);
    REQUIRE(verdicts.size() == 8);
    CHECK(verdicts.at(0).at("check") == "initial loss");
    CHECK(verdicts.at(0).at("health") == "fail");
    CHECK(verdicts.at(6).at("health") == "not measured");
    for (const Json& each : verdicts) CHECK(each.contains("change") == (each.at("health") == "fail"));
}

TEST_CASE("of a table, train's results and what a file holds are JSON")
{
    const Folder folder;
    const Json trained = json_of(train_table(folder, {"--json"}));
    const std::string model = folder / "run/model.safetensors";
    const Json evaluated = json_of({"eval", model, "--split", "val", "--json"});
    CHECK(trained.at("val").at("accuracy") == evaluated.at("val").at("accuracy"));
    CHECK(trained.at("val").at("classes").size() == 3);
    const Json table = json_of({"info", model, "--json"}).at("table");
    CHECK(table.at("classes") == Json{"Adelie", "Chinstrap", "Gentoo"});
    CHECK(table.at("columns").size() == 7);
    CHECK(table.at("features") == 15);
}

TEST_CASE("with --json the losses of a run go to standard error")
{
    const TextFolder folder;
    const Result result = run_nib(train_text(folder, {"--json", "--log-every", "5"}));
    contains(result.err, "      5/     20: ");
    CHECK(result.out.find("      5/     20: ") == std::string::npos);
}

TEST_CASE("where a command fails, --json prints nothing")
{
    const Folder folder;
    for (const char* command : {"eval", "info", "doctor"}) {
        const Result result = run_nib({command, folder / "nothing", "--json"});
        CHECK(result.exit_code == 1);
        CHECK(result.out.empty());
        contains(result.err, "nib: error: ");
    }
}

TEST_CASE("--quiet prints errors and what was asked for")
{
    const TextFolder folder;
    is_silent(train_text(folder, {"--quiet"}));
    is_silent(train_text(folder, {"-q"}));
    const std::string model = folder / "run/model.safetensors";
    is_silent({"fold", model, "-o", folder / "names.nib", "-q"});
    is_silent({"export", model, "--format", "pytorch", "-o", folder / "model.py", "-q"});
    is_silent({"report", folder / "run", "-q"});

    const Result losses = run_nib({"eval", model, "-q"});
    CHECK(losses.err.empty());
    CHECK(lines_of(losses.out).size() == 2);
    const Result json = run_nib(train_text(folder, {"-q", "--json"}));
    CHECK(json.err.empty());
    CHECK(Json::parse(json.out).at("steps") == 20);
    const Result logged = run_nib(train_text(folder, {"-q", "--log-every", "10"}));
    CHECK(logged.err.empty());
    CHECK(lines_of(logged.out).size() == 2);
    const Result wrong = run_nib({"info", folder / "nothing", "-q"});
    CHECK(wrong.exit_code == 1);
    contains(wrong.err, "nib: error: cannot read");
}

TEST_CASE("--quiet shows no live line on a terminal")
{
    const TextFolder folder;
    CHECK(run_nib_on_terminal(train_text(folder, {"-q"}), 80).text.empty());
}
