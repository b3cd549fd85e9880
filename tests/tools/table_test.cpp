// The program on tables: train, eval, predict, info, and what is refused.
#include "catch.hpp"
#include "tools/run.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

using namespace nib::test;
using Json = nlohmann::json;

namespace {

const std::string penguins = std::string(NIB_SOURCE_DIR) + "/data/penguins.csv";
const std::string sunspots = std::string(NIB_SOURCE_DIR) + "/data/sunspots.csv";

Result train_penguins(const Folder& folder, std::vector<std::string> more = {})
{
    std::vector<std::string> arguments = {"train", penguins, "--target", "species", "--missing",
                                          "mean",  "--drop", "year",     "--out",   folder / "run"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_nib(arguments);
}

// Of a line "val accuracy 0.97".
double figure(const std::string& out, const std::string& name)
{
    for (const std::string& line : lines_of(out))
        if (line.starts_with(name + " ")) return std::stod(line.substr(name.size()));
    FAIL("no line of " << name << " in: " << out);
    return 0;
}

void refuses(const std::vector<std::string>& arguments, int exit_code, const std::string& words)
{
    const Result result = run_nib(arguments);
    CAPTURE(arguments, result.out, result.err);
    CHECK(result.exit_code == exit_code);
    contains(result.err, words);
}

} // namespace

TEST_CASE("a table of words, numbers and missing cells is trained on, evaluated and predicted from")
{
    const Folder folder;
    const Result trained = train_penguins(folder);
    INFO(trained.err);
    REQUIRE(trained.exit_code == 0);
    contains(trained.err, "3 classes");
    CHECK(figure(trained.out, "val accuracy") > 0.9);
    const std::string model = folder / "run/model.safetensors";

    const Result evaluated = run_nib({"eval", model, penguins, "--split", "test", "--json"});
    INFO(evaluated.err);
    REQUIRE(evaluated.exit_code == 0);
    const Json json = Json::parse(evaluated.out).at("test");
    CHECK(json.at("accuracy") > 0.9);
    CHECK(json.at("classes").size() == 3);
    double counted = 0;
    for (const Json& each : json.at("classes"))
        for (const double count : each.at("predicted_as")) counted += count;
    CHECK(counted == json.at("examples"));

    // The target and a column that the model does not know are passed over; columns may stand in another order.
    write_text(folder / "new.csv",
               "year,sex,species,flipper_length_mm,bill_depth_mm,bill_length_mm,body_mass_g,island\n"
               "1999,male,?,181,18.7,39.1,3750,Torgersen\n"
               "1999,,?,220,NA,50.0,5700,Biscoe\n");
    const Result predicted = run_nib({"predict", model, folder / "new.csv"});
    INFO(predicted.err);
    REQUIRE(predicted.exit_code == 0);
    const std::vector<std::string> lines = lines_of(predicted.out);
    REQUIRE(lines.size() == 3);
    CHECK(lines[0] == "prediction,Adelie,Chinstrap,Gentoo");
    CHECK(lines[1].starts_with("Adelie,"));
    CHECK(lines[2].starts_with("Gentoo,"));

    const Result info = run_nib({"info", model});
    contains(info.out, "island, bill_length_mm, bill_depth_mm");
    contains(info.out, "Adelie, Chinstrap, Gentoo");
    contains(info.out, "standardize, linear 64 gain=0.577, relu");
}

TEST_CASE("a row of a pipe is answered, and a file's predictions are an array")
{
    const Folder folder;
    REQUIRE(train_penguins(folder, {"--steps", "50"}).exit_code == 0);
    const std::string model = folder / "run/model.safetensors";
    const std::string row = "Adelie,Torgersen,39.1,18.7,181,3750,male,2007\n";
    write_text(folder / "rows.csv",
               "species,island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex,year\n" + row + row);
    const Result piped = run_nib({"predict", model, "-"}, "", folder / "rows.csv");
    INFO(piped.err);
    CHECK(piped.exit_code == 0);
    CHECK(lines_of(piped.out).size() == 3);
    REQUIRE(run_nib({"predict", model, folder / "rows.csv", "-o", folder / "y.npy"}).exit_code == 0);
    const std::string array = read_text(folder / "y.npy");
    CHECK(array.starts_with("\x93NUMPY"));
    contains(array, "'shape': (2, 3)");
    CHECK(array.size() % 64 == 2 * 3 * 4);
    REQUIRE(run_nib({"predict", model, folder / "rows.csv", "-o", folder / "y.csv"}).exit_code == 0);
    CHECK(read_text(folder / "y.csv") == piped.out);
}

TEST_CASE("a number is forecast in its own unit")
{
    const Folder folder;
    const Result trained = run_nib(
        {"train", sunspots, "--target", "SUNACTIVITY", "--task", "regress", "--steps", "200", "--out", folder / "run"});
    INFO(trained.err);
    REQUIRE(trained.exit_code == 0);
    const double rmse = figure(trained.out, "val RMSE");
    CHECK(rmse > 1);
    CHECK(rmse < 100);
    contains(run_nib({"info", folder / "run/model.safetensors"}).out, "unscale");
    const Result predicted = run_nib({"predict", folder / "run/model.safetensors", sunspots});
    const std::vector<std::string> lines = lines_of(predicted.out);
    REQUIRE(lines.size() == 310);
    CHECK(lines[0] == "prediction");
    CHECK(std::isfinite(std::stod(lines[1])));
}

TEST_CASE("a run on a table goes on from its checkpoint to the same model")
{
    const Folder folder;
    REQUIRE(train_penguins(folder, {"--steps", "60", "--warmup", "0", "--schedule", "constant"}).exit_code == 0);
    const std::string whole = read_text(folder / "run/model.safetensors");
    std::filesystem::rename(folder / "run", folder / "whole");
    REQUIRE(train_penguins(folder, {"--steps", "20", "--warmup", "0", "--schedule", "constant"}).exit_code == 0);
    const Result resumed =
        train_penguins(folder, {"--steps", "60", "--warmup", "0", "--schedule", "constant", "--resume"});
    INFO(resumed.err);
    CHECK(resumed.exit_code == 0);
    CHECK(read_text(folder / "run/model.safetensors") == whole);
}

TEST_CASE("options of a table, of a text, and cells that cannot serve are refused by name")
{
    const Folder folder;
    const std::string out = folder / "none";
    refuses({"train", penguins, "--target", "specie", "--out", out}, 2, "species");
    refuses({"train", penguins, "--target", "species", "--out", out}, 1, "bill_length_mm");
    refuses({"train", penguins, "--target", "species", "--text", "--out", out}, 2, "beside --text");
    refuses({"train", penguins, "--target", "species", "--missing", "mean", "--embedding", "4", "--out", out}, 2,
            "--embedding");
    refuses({"train", penguins, "--target", "species", "--missing", "mean", "--loss", "squared", "--out", out}, 2,
            "squared takes numbers to learn");
    refuses({"train", penguins, "--target", "species", "--missing", "mean", "--split", "0.5,0.2", "--out", out}, 2,
            "three shares");
    write_text(folder / "names.txt", "ann\nbob\ncarl\ndora\nemma\nfay\ngus\nhal\nida\njo\n");
    refuses({"train", folder / "names.txt", "--epochs", "3", "--out", out}, 2, "--epochs");
    refuses({"train", folder / "names.txt", "--class-weights", "balanced", "--out", out}, 2, "--class-weights");
    write_text(folder / "ragged.csv", "a,b\n1,2\n3\n");
    refuses({"train", folder / "ragged.csv", "--target", "b", "--out", out}, 1, "line 3");
    write_text(folder / "numbers.csv", "1,2\n3,4\n5,6\n7,8\n");
    refuses({"train", folder / "numbers.csv", "--out", out}, 2, "target");
    CHECK_FALSE(std::filesystem::exists(out));
    REQUIRE(train_penguins(folder, {"--steps", "10"}).exit_code == 0);
    const std::string model = folder / "run/model.safetensors";
    refuses({"fold", model, "-o", folder / "m.nib"}, 1, "table");
    refuses({"sample", model}, 1, "table");
    refuses({"eval", model}, 1, "DATA");
    write_text(folder / "unseen.csv", "island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex\n"
                                      "Atlantis,39.1,18.7,181,3750,male\n");
    refuses({"predict", model, folder / "unseen.csv"}, 1, "Atlantis");
    write_text(folder / "lacking.csv", "island,sex\nBiscoe,male\n");
    refuses({"predict", model, folder / "lacking.csv"}, 1, "bill_length_mm");
}
