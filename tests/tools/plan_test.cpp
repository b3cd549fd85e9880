// nib plan: the costs that it states are those of the network afterwards, and whether they fit.
#include "catch.hpp"
#include "tools/run.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

using namespace nib::test;
using Json = nlohmann::json;

namespace {

constexpr const char* small = "embedding 4, flatten, linear 20, tanh, linear";
// The first layer has too many inputs for weights of 8 bits, and would be larger as a table.
const std::vector<std::string> wide = {
    "--network", "embedding 512, flatten, linear 8, tanh, linear", "--context", "256", "--outputs", "1000"};

Result plan(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), "plan");
    return run_nib(arguments);
}

Result plan_small(std::vector<std::string> more)
{
    more.insert(more.begin(), {"--network", small, "--context", "3"});
    return plan(more);
}

Json json_of(std::vector<std::string> arguments)
{
    arguments.emplace_back("--json");
    const Result result = plan(arguments);
    INFO(result.err);
    return Json::parse(result.out);
}

std::vector<std::string> with(std::vector<std::string> arguments, const std::vector<std::string>& more)
{
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

void refuses(const std::vector<std::string>& arguments, int exit_code, const std::string& words)
{
    const Result result = plan(arguments);
    CAPTURE(arguments, result.err);
    CHECK(result.exit_code == exit_code);
    CHECK(result.out.empty());
    contains(result.err, words);
}

// The figures of each kind, in the order of the lines.
std::vector<bool> fits(const std::vector<std::string>& limits, int exit_code)
{
    const Result result = plan_small(limits);
    CAPTURE(limits, result.out, result.err);
    CHECK(result.exit_code == exit_code);
    std::vector<bool> all;
    for (const std::string& line : lines_of(result.out))
        if (line.starts_with("fits ")) all.push_back(line.ends_with(" yes"));
    return all;
}

using Verdicts = std::vector<bool>;

} // namespace

TEST_CASE("a plan tells of the network, its input, and each kind of weights")
{
    const Result result = plan_small({});
    CHECK(result.exit_code == 0);
    CHECK(result.err.empty());
    const std::vector<std::string> lines = lines_of(result.out);
    REQUIRE(lines.size() == 8);
    CHECK(lines[0] == "network        embedding 4, flatten, linear 20, tanh, linear");
    CHECK(lines[1] == "input          symbols context=3");
    CHECK(lines[2] == "outputs        27");
    CHECK(lines[3] == "parameters     " + std::to_string(27 * 4 + 12 * 20 + 20 + 20 * 27 + 27));
    CHECK(lines[4] == "multiply-adds  " + std::to_string(12 * 20 + 20 * 27) + " a symbol");
    for (int i = 0; i < 3; ++i) {
        const std::string& line = lines[5 + static_cast<std::size_t>(i)];
        CHECK(line.starts_with(std::vector<std::string>{"f32  ", "bf16 ", "int8 "}[static_cast<std::size_t>(i)]));
        contains(line, " bytes of flash, ");
        contains(line, " bytes of RAM, ");
    }
    CHECK(lines_of(plan_small({"--weights", "bf16"}).out) ==
          std::vector<std::string>{lines[0], lines[1], lines[2], lines[3], lines[4], lines[6]});
}

TEST_CASE("a plan's bytes and multiply-adds are those of the model that is then trained and folded")
{
    const TextFolder folder;
    REQUIRE(run_nib({"train", "--network", small, "--context", "3", "--steps", "2", "--warmup", "1", "--out",
                     folder / "run"})
                .exit_code == 0);
    const std::string model = folder / "run/model.safetensors";
    const std::string parameters = json_of({"--network", small, "--context", "3"})["parameters"].dump();
    contains(run_nib({"info", model}).out, "parameters     " + parameters + "\n");
    for (const std::string first_layer : {"smallest", "table"}) {
        const Json kinds = json_of({"--network", small, "--context", "3", "--first-layer", first_layer})["kinds"];
        REQUIRE(kinds.size() == 3);
        for (const Json& kind : kinds) {
            const std::string folded = folder / "folded.nib";
            REQUIRE(run_nib({"fold", model, "-o", folded, "--weights", kind["weights"], "--first-layer", first_layer,
                             "--max-loss-difference", "1"})
                        .exit_code == 0);
            CHECK(kind["flash_bytes"] == std::filesystem::file_size(folded));
            const std::string info = run_nib({"info", folded}).out;
            contains(info, "RAM            " + kind["ram_bytes"].dump() + " bytes");
            contains(info, "multiply-adds  " + kind["multiply_adds"].dump() + " a symbol");
        }
    }
}

TEST_CASE("a plan says what fits, and its exit status whether anything does")
{
    const Json kinds = json_of({"--network", small, "--context", "3"})["kinds"];
    const auto flash = [&](int kind) { return kinds[static_cast<std::size_t>(kind)]["flash_bytes"].get<long>(); };
    REQUIRE(flash(0) > flash(1));
    REQUIRE(flash(1) > flash(2));
    const std::string ram = kinds[0]["ram_bytes"].dump();
    CHECK(fits({}, 0).empty());
    CHECK(fits({"--flash", "1M"}, 0) == Verdicts{true, true, true});
    CHECK(fits({"--flash", std::to_string(flash(0))}, 0) == Verdicts{true, true, true});
    CHECK(fits({"--flash", std::to_string(flash(0) - 1)}, 0) == Verdicts{false, true, true});
    CHECK(fits({"--flash", std::to_string(flash(2)), "--ram", ram}, 0) == Verdicts{false, false, true});
    CHECK(fits({"--flash", std::to_string(flash(2) - 1)}, 1) == Verdicts{false, false, false});
    CHECK(fits({"--ram", "0"}, 1) == Verdicts{false, false, false});
    CHECK(fits({"--flash", std::to_string(flash(2)), "--weights", "f32"}, 1) == Verdicts{false});

    const Result none = plan_small({"--flash", "1k", "--ram", "7", "--weights", "int8"});
    contains(none.out, "fits           int8 no: " + std::to_string(flash(2)) +
                           " bytes of flash, of which there are 1024; " + ram +
                           " bytes of RAM, of which there are 7\n");
    CHECK(none.err == "nib: error: the network does not fit into what there is\n");
}

TEST_CASE("sizes are bytes, or K or M of them, in either case")
{
    const auto limit = [](const std::string& size) {
        return json_of({"--network", small, "--flash", size})["flash_limit"].get<long long>();
    };
    CHECK(limit("65536") == 65536);
    CHECK(limit("64K") == 65536);
    CHECK(limit("64k") == 65536);
    CHECK(limit("2M") == 2 << 20);
    CHECK(limit("1m") == 1 << 20);
    CHECK(limit("0") == 0);
    CHECK(limit("1048576M") == 1LL << 40);
    for (const std::string wrong : {"", "K", "M", "64KB", "64 K", "1G", "-1", "+1", "1.5K", "0x10", "1048577M",
                                    "1099511627777", "99999999999999999999", "64K "})
        for (const std::string option : {"--flash", "--ram"})
            refuses({option, wrong}, 2, option + ": '" + wrong + "': expected a number of bytes, 0..2^40");
}

TEST_CASE("a kind of weights that is refused says why, and the others are told")
{
    const Result result = plan(wide);
    CHECK(result.exit_code == 0);
    contains(result.out,
             "\nint8           none: layer 2 (linear) has 131072 inputs: 8-bit weights are for at most 65536\n");
    contains(result.out, "\nbf16           ");
    const Json json = json_of(wide);
    CHECK(json["outputs"] == 1000);
    CHECK(json["kinds"][2]["weights"] == "int8");
    contains(json["kinds"][2]["refused"], "131072 inputs");
    CHECK(json["kinds"][2].count("flash_bytes") == 0);
    CHECK(json["kinds"][2].count("fits") == 0);
    CHECK(json_of(with(wide, {"--flash", "1M"}))["kinds"][2]["fits"] == false);
    const Result limited = plan(with(wide, {"--flash", "100M", "--weights", "int8"}));
    CHECK(limited.exit_code == 1);
    contains(limited.out, "fits           int8 no: layer 2 (linear) has 131072 inputs");
    const Result table = plan({"--network", "embedding 4, flatten, tanh, linear", "--first-layer", "table"});
    CHECK(table.exit_code == 0);
    contains(table.out, "f32            none: the first layer cannot be a table");
}

TEST_CASE("a plan's network is described as nib train's")
{
    const auto network = [](const std::vector<std::string>& arguments) {
        const Json json = json_of(arguments);
        return json["input"].get<std::string>() + ": " + json["network"].get<std::string>();
    };
    CHECK(network({"--hidden", "5", "--hidden-layers", "1", "--activation", "relu", "--batchnorm", "off"}) ==
          "symbols: embedding 24, flatten, linear 5, relu, linear gain=0.1");
    CHECK(network({"--preset", "lecture-kaiming", "--context", "4", "--embedding", "2"}) ==
          "symbols context=4: embedding 2, flatten, linear 200 bias-init=0.01, tanh, linear init=scaled gain=0.01 "
          "bias-init=0");
    CHECK(network({"--network", small, "--input", "symbols context=2"}) == std::string("symbols context=2: ") + small);
    const TextFolder folder;
    write_text(folder / "net.txt", "embedding 4 # numbers\nflatten\nlinear\n");
    CHECK(network({"--network", std::string("@").append(folder / "net.txt")}) ==
          "symbols context=10: embedding 4, flatten, linear");
    write_text(folder / "bad.txt", "embedding 4\nliner\n");
    const std::string bad = folder / "bad.txt";
    refuses({"--network", std::string("@").append(bad)}, 2,
            "nib: error: " + bad + ", line 2, byte 1: 'liner': expected");
}

TEST_CASE("a plan refuses what is wrong, by place and word")
{
    refuses({"--network", "embedding 4, flatten, liner"}, 2,
            "nib: error: network, line 1, byte 23: 'liner': expected a layer");
    refuses({"--input", "symbol"}, 2, "nib: error: input, line 1, byte 1: 'symbol': expected an input");
    refuses(
        {"--network", "embedding 4, flatten, linear 10"}, 2,
        "leaves (10): expected (27), a number for each class of the data; --outputs says how many classes there are");
    CHECK(plan({"--network", "embedding 4, flatten, linear 10", "--outputs", "10"}).exit_code == 0);
    refuses({"--outputs", "1"}, 2, "--outputs: '1': expected a whole number, 2..4096");
    refuses({"--outputs", "4097"}, 2, "--outputs: '4097'");
    refuses({"--input", "floats 3", "--network", "linear", "--outputs", "65537"}, 2,
            "--outputs: '65537': expected a whole number, 1..65536");
    refuses({"--weights", "int4"}, 2, "--weights: 'int4': expected f32|bf16|int8");
    refuses({"--first-layer", "none"}, 2, "--first-layer");
    refuses({"--network", small, "--hidden", "5"}, 2, "--hidden: has no effect beside --network");
    for (const std::string option : {"--seed", "--steps", "--lr"}) refuses({option, "1"}, 2, option);
    refuses({"names.txt"}, 2, "names.txt");
    const Result full = run_nib({"plan"}, "/dev/full");
    CHECK(full.exit_code == 1);
    contains(full.err, "standard output");
}
