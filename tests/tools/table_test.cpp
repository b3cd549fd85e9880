// The program on tables: train, eval, predict, info, and refusals.
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

// The number in a line such as "val accuracy 0.97".
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

    // The target and a column that the model does not know are skipped; columns may be in another order.
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
    const std::vector<std::string> own = {"--split", "0.6,0.2,0.2", "--schedule", "constant", "--warmup", "0"};
    std::vector<std::string> begun = own;
    begun.insert(begun.end(), {"--steps", "20", "--overwrite"});
    REQUIRE(train_penguins(folder, begun).exit_code == 0);
    const Result split =
        train_penguins(folder, {"--steps", "30", "--resume", "--schedule", "constant", "--warmup", "0"});
    INFO(split.err);
    CHECK(split.exit_code == 0); // divided as when the run was begun
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
    refuses({"train", penguins, "--target", "species", "--missing", "mean", "--split", "0,0.5,0.5", "--out", out}, 2,
            "training (above 0)");
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
    refuses({"sample", model}, 1, "table");
    std::filesystem::remove(folder / "run/metrics.jsonl");
    refuses({"eval", model}, 1, "says where the table is that it was trained on: name DATA");
    write_text(folder / "unseen.csv", "island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex\n"
                                      "Atlantis,39.1,18.7,181,3750,male\n");
    refuses({"predict", model, folder / "unseen.csv"}, 1, "Atlantis");
    write_text(folder / "lacking.csv", "island,sex\nBiscoe,male\n");
    refuses({"predict", model, folder / "lacking.csv"}, 1, "bill_length_mm");
}

TEST_CASE("numbers with a decimal comma and mistyped files are told in the words of the command line")
{
    const Folder folder;
    std::string text = "size;name;kind\n";
    for (int i = 0; i < 60; ++i)
        text += std::to_string(i) + ",5;n" + std::to_string(i) + (i % 2 == 0 ? ";reef\n" : ";sand\n");
    write_text(folder / "t.csv", text);
    const std::string out = folder / "run";
    const Result result =
        run_nib({"train", folder / "t.csv", "--target", "kind", "--steps", "5", "--out", out, "--threads", "1"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    contains(result.err, "t.csv: column 'size' has numbers with a decimal comma, which are taken for 60 words: ");
    contains(result.err, "t.csv: column 'name' has 60 different words for 48 training rows, ");
    contains(result.err, "leave it out (--drop) if it only names the rows\n");
    // The mistyped name comes first, not the finished run in the folder.
    refuses({"train", folder / "u.csv", "--target", "kind", "--out", out}, 1, "u.csv': No such file or directory");
    refuses({"predict", out, folder / "t.csv"}, 1, "' is a folder: expected a file, such as ");
}

TEST_CASE("a column's name is one word, so that DATA may follow it")
{
    const Folder folder;
    const Result result = run_nib({"train", "--target", "species", "--drop", "year,island", "--drop", "sex", penguins,
                                   "--missing", "mean", "--steps", "5", "--out", folder / "run"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    contains(result.err, ": 4 columns as rows of ");
}

TEST_CASE("columns with a single value are named before training, and trained on nonetheless")
{
    const Folder folder;
    std::string text = "site,depth,unit,kind\n";
    for (int i = 0; i < 40; ++i) text += "7," + std::to_string(i) + ".5,m," + (i < 20 ? "reef\n" : "sand\n");
    write_text(folder / "t.csv", text);
    const std::vector<std::string> train = {"train", folder / "t.csv", "--target",    "kind", "--steps",
                                            "20",    "--out",          folder / "run"};
    const Result result = run_nib(train);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    contains(result.err, "data: " + (folder / "t.csv") +
                             ": columns 'site' and 'unit' have a single value in the training split: nothing can be "
                             "learned from them\n");
    // The model knows its columns: nothing new is said.
    CHECK(run_nib({"eval", folder / "run/model.safetensors"}).err.find("single value") == std::string::npos);
}

TEST_CASE("a model of a table is folded on what it was trained on, answers the same, and is exported")
{
    const Folder folder;
    REQUIRE(train_penguins(folder, {"--split", "0.7,0.2,0.1", "--split-seed", "5"}).exit_code == 0);
    const std::string model = folder / "run/model.safetensors", file = folder / "p.nib";
    const Result folded = run_nib({"fold", model, "-o", file});
    INFO(folded.err);
    REQUIRE(folded.exit_code == 0);
    contains(folded.err, "/ 68 val / 34 test rows"); // divided as in training
    contains(folded.out, "standardize 14 -> 14");
    contains(folded.out, "equal argmax 100.000%, over 68 examples");
    const Result info = run_nib({"info", file});
    contains(info.out, "features       14\n");
    contains(info.out, "Adelie, Chinstrap, Gentoo");
    contains(info.out, "classes' names");

    // Evaluated without DATA, with DATA, and folded: the same figures.
    const Result remembered = run_nib({"eval", model});
    const Result named = run_nib({"eval", model, penguins});
    CHECK(remembered.exit_code == 0);
    CHECK(named.out == remembered.out);
    const Result of_folded = run_nib({"eval", file, penguins, "--shares", "0.7,0.2,0.1", "--split-seed", "5"});
    INFO(of_folded.err);
    CHECK(of_folded.exit_code == 0);
    CHECK(figure(of_folded.out, "val accuracy") == figure(remembered.out, "val accuracy"));
    CHECK(std::fabs(figure(of_folded.out, "val") - figure(remembered.out, "val")) < 1e-5);

    const Result by_model = run_nib({"predict", model, penguins}), by_folded = run_nib({"predict", file, penguins});
    INFO(by_folded.err);
    REQUIRE(by_folded.exit_code == 0);
    const std::vector<std::string> a = lines_of(by_model.out), b = lines_of(by_folded.out);
    REQUIRE(a.size() == 345);
    REQUIRE(b.size() == 345);
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i].substr(0, a[i].find(',')) == b[i].substr(0, b[i].find(',')));

    for (const char* format : {"c", "onnx"})
        CHECK(run_nib({"export", file, "--format", format, "-o", folder / format}).exit_code == 0);
    contains(read_text(folder / "c"), "island: 1 for Biscoe, otherwise 0");
    REQUIRE(run_nib({"export", model, "--format", "pytorch", "-o", folder / "model.py"}).exit_code == 0);
    contains(read_text(folder / "model.py"), "\"Gentoo\",");
    refuses({"eval", model, "--items"}, 2, "--items is for one of text");
    refuses({"fold", model, "--first-layer", "table", "-o", folder / "none.nib"}, 1, "rows of numbers");
    refuses({"sample", file}, 1, "a model of a table: expected one of text");
    refuses({"predict", file, folder / "none.csv"}, 1, "none.csv");
}

TEST_CASE("a run tells how well its model predicts in metrics.jsonl and in its report")
{
    const Folder folder;
    REQUIRE(train_penguins(folder).exit_code == 0);
    const auto record = [](const std::string& run) {
        for (const std::string& line : lines_of(read_text(run + "/metrics.jsonl")))
            if (line.starts_with(R"({"type":"metrics")")) return Json::parse(line);
        FAIL("no record of metrics");
        return Json();
    };
    const Json classes = record(folder / "run");
    CHECK(classes.at("accuracy") > 0.9);
    CHECK(classes.at("rmse").is_null());
    CHECK(classes.at("classes") == Json({"Adelie", "Chinstrap", "Gentoo"}));
    double rows = 0;
    for (const double each : classes.at("confusion")) rows += each;
    CHECK(rows == 35);
    contains(read_text(folder / "run/report.html"), R"("classes":["Adelie","Chinstrap","Gentoo"])");

    REQUIRE(run_nib({"train", sunspots, "--target", "SUNACTIVITY", "--task", "regress", "--steps", "200", "--out",
                     folder / "sun"})
                .exit_code == 0);
    const Json numbers = record(folder / "sun");
    CHECK(numbers.at("rmse") > 1);
    CHECK(numbers.at("target") == "SUNACTIVITY");
    CHECK(numbers.at("truth").size() == 31);
    CHECK(numbers.at("predicted").size() == 31);
    contains(read_text(folder / "sun/report.html"), R"("target":"SUNACTIVITY")");
}

TEST_CASE("what a table's network will cost, to the byte but for names")
{
    const Folder folder;
    const Result planned = run_nib({"plan", "--network", "standardize, linear 16, relu, linear", "--input", "floats 4",
                                    "--outputs", "3", "--json"});
    INFO(planned.err);
    REQUIRE(planned.exit_code == 0);
    std::string text;
    for (int i = 0; i < 60; ++i)
        text += std::to_string(i) + ".5," + std::to_string(i % 7) + "," + std::to_string(i % 5) + "," +
                std::to_string(i * i % 11) + "," + std::to_string(i % 3) + "\n";
    write_text(folder / "t.csv", text);
    REQUIRE(run_nib({"train", folder / "t.csv", "--header", "no", "--target", "5", "--network",
                     "linear 16, relu, linear", "--steps", "20", "--out", folder / "run"})
                .exit_code == 0);
    const Json kinds = Json::parse(planned.out).at("kinds");
    for (const Json& kind : kinds) {
        REQUIRE(run_nib({"fold", folder / "run/model.safetensors", "--max-loss-difference", "9", "--weights",
                         kind.at("weights").get<std::string>(), "-o", folder / "t.nib"})
                    .exit_code == 0);
        CHECK(std::filesystem::file_size(folder / "t.nib") == kind.at("flash_bytes"));
    }
    refuses({"plan", "--network", "linear 3, linear", "--input", "floats 4"}, 2, "--outputs");
    refuses({"plan", "--network", "linear 3, linear", "--input", "floats", "--outputs", "2"}, 2, "floats 13");
}
