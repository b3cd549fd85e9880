// Convolutions on data sets that nib does not bring: pictures of clothes, and series of motions.
#include "catch.hpp"
#include "tools/run.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace nib::test;

namespace {

// The number in a line such as "test accuracy 0.97".
double figure(const std::string& out, const std::string& name)
{
    for (const std::string& line : lines_of(out))
        if (line.starts_with(name + " ")) return std::stod(line.substr(name.size()));
    FAIL("no line of " << name << " in: " << out);
    return 0;
}

// The series of a .ts file as a CSV: its numbers channel after channel, then the class. A line behind @data has the
// channels, and last the class, between colons.
void write_csv(const std::string& series, const std::string& csv)
{
    std::ifstream from(series);
    std::ofstream to(csv);
    bool is_data = false;
    for (std::string line; std::getline(from, line);) {
        if (is_data && !line.empty()) {
            while (line.back() == '\r') line.pop_back();
            for (char& each : line) each = each == ':' ? ',' : each;
            to << line << "\n";
        }
        is_data = is_data || line.starts_with("@data");
    }
}

} // namespace

TEST_CASE("the preset fashion predicts nine of ten pictures of Fashion-MNIST that it has not seen")
{
    const std::string folder = "/usr/share/datasets/fashion-mnist/";
    if (!std::filesystem::exists(folder)) NIB_SKIP("no pictures: dataset-fashion-mnist, a package of Debian");
    const Folder out;
    const std::string train = folder + "train-images-idx3-ubyte.gz", test = folder + "t10k-images-idx3-ubyte.gz";
    // A third of the preset's steps.
    const Result trained =
        run_nib({"train", train, "--test", test, "--preset", "fashion", "--steps", "1500", "--out", out / "run"});
    INFO(trained.err);
    REQUIRE(trained.exit_code == 0);
    const Result found = run_nib({"eval", out / "run/model.safetensors", "--split", "test"});
    INFO(found.err);
    REQUIRE(found.exit_code == 0);
    CHECK(figure(found.out, "test accuracy") > 0.9);
    const Result folded =
        run_nib({"fold", out / "run/model.safetensors", "--weights", "int8", "--split", "test", "-o", out / "f.nib"});
    INFO(folded.err);
    CHECK(folded.exit_code == 0); // it costs no more than 0.005 nats
}

TEST_CASE("a network of conv1d predicts the motions of BasicMotions")
{
    const char* const folder = std::getenv("NIB_BASIC_MOTIONS");
    if (folder == nullptr) NIB_SKIP("NIB_BASIC_MOTIONS does not name a folder with BasicMotions_TRAIN.ts and _TEST.ts");
    const Folder out;
    const std::string train = out / "train.csv", test = out / "test.csv";
    write_csv(std::string(folder) + "/BasicMotions_TRAIN.ts", train);
    write_csv(std::string(folder) + "/BasicMotions_TEST.ts", test);
    const std::string network = "conv1d 16 5 stride=2, batchnorm, relu, conv1d 16 5 stride=2, batchnorm, relu, "
                                "global-average, linear";
    const int seeds = 5;
    double sum = 0;
    for (int seed = 1; seed <= seeds; ++seed) {
        std::vector<std::string> command = {"train", train, "--test", test, "--out", out / "run", "--overwrite"};
        for (const char* each : {"--target", "601", "--input", "floats 6x100", "--scale", "off", "--batch", "8",
                                 "--epochs", "60", "--network"})
            command.emplace_back(each);
        command.insert(command.end(), {network, "--seed", std::to_string(seed)});
        const Result trained = run_nib(command);
        INFO(trained.err);
        REQUIRE(trained.exit_code == 0);
        contains(trained.err, "1892 parameters");
        const Result found = run_nib({"eval", out / "run/model.safetensors", "--split", "test"});
        INFO(found.err);
        REQUIRE(found.exit_code == 0);
        sum += figure(found.out, "test accuracy");
    }
    CHECK(sum / seeds >= 0.99);
}
