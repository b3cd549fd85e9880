// The message for a wrong command line names the first wrong word, and the word that was probably meant.
#include "catch.hpp"
#include "tools/run.hpp"

#include "../tools/nib/nearest.hpp"

#include <string>
#include <vector>

using namespace nib::test;

namespace {

using Words = std::vector<std::string>;

std::string nearest_of(const std::string& typed, const Words& words)
{
    const std::string* const found = nib::cli::nearest(typed, words);
    return found == nullptr ? "" : *found;
}

// The first line of the message.
void says(const Words& arguments, const std::string& line)
{
    const Result result = run_nib(arguments);
    CAPTURE(arguments, result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    REQUIRE(lines_of(result.err).size() == 2);
    CHECK(lines_of(result.err).front() == line);
}

} // namespace

TEST_CASE("without a command, the help says what there is, as an error")
{
    const Result result = run_nib({});
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    contains(result.err, "Subcommands:");
}

TEST_CASE("the nearest word has the fewest letters that differ, and one that is far is none")
{
    const Words words = {"train", "plan", "eval", "--batch", "--steps", "--lr", "-n"};
    CHECK(nearest_of("trian", words) == "train");
    CHECK(nearest_of("trn", words).empty());
    CHECK(nearest_of("tain", words) == "train");
    CHECK(nearest_of("traiin", words) == "train");
    CHECK(nearest_of("plam", words) == "plan");
    CHECK(nearest_of("--batch-size", words) == "--batch");
    CHECK(nearest_of("--st", words) == "--steps");
    CHECK(nearest_of("-steps", words) == "--steps");
    CHECK(nearest_of("--rl", words) == "--lr");
    CHECK(nearest_of("-k", words).empty());
    CHECK(nearest_of("", words).empty());
    CHECK(nearest_of("everything", words).empty());
    CHECK(nearest_of(std::string(100'000, 'a'), words).empty());
    CHECK(nearest_of("ab", {"ax", "abc"}) == "ax");
}

TEST_CASE("a mistyped command, option or word of a set is told with the one that was meant")
{
    says({"trian"}, "nib: error: unknown command 'trian'; did you mean 'train'?");
    says({"predcit", "a", "b"}, "nib: error: unknown command 'predcit'; did you mean 'predict'?");
    says({"something"}, "nib: error: unknown command 'something'");
    says({"--vresion"}, "nib: error: unknown option '--vresion'; did you mean '--version'?");
    says({"train", "--stpes", "100"}, "nib train: error: unknown option '--stpes'; did you mean '--steps'?");
    says({"train", "--stpes=100"}, "nib train: error: unknown option '--stpes'; did you mean '--steps'?");
    says({"eval", "m", "--jsn"}, "nib eval: error: unknown option '--jsn'; did you mean '--json'?");
    says({"train", "--quite"}, "nib train: error: unknown option '--quite'; did you mean '--quiet'?");
    says({"train", "--frobnicate"}, "nib train: error: unknown option '--frobnicate'");
    says({"train", "a", "b"}, "nib train: error: unexpected argument 'b'");
    says({"fold", "m", "-o", "n", "--weights", "in8"},
         "nib fold: error: --weights: 'in8': expected f32|bf16|int8; did you mean 'int8'?");
    says({"export", "m", "-o", "n", "--format", "pytroch"},
         "nib export: error: --format: 'pytroch': expected c|onnx|pytorch; did you mean 'pytorch'?");
    const std::string preset = run_nib({"train", "--preset", "lecture-dep"}).err;
    contains(preset, "|resnet50; did you mean 'lecture-deep'?\n");
    const std::string help = run_nib({"help", "tran"}).err;
    contains(help, "nib help: error: COMMAND: 'tran': expected train|");
    contains(help, "; did you mean 'train'?\n");
}

TEST_CASE("the first word that is wrong is the one that is told")
{
    says({"train", "--stpes", "1", "--lr", "x"}, "nib train: error: unknown option '--stpes'; did you mean '--steps'?");
    says({"train", "--lr", "x", "--stpes", "1"}, "nib train: error: --lr: 'x': expected a number above 0");
    // Steps stand before the learning rate in the help.
    says({"train", "--lr", "x", "--steps", "y"}, "nib train: error: --lr: 'x': expected a number above 0");
    says({"train", "--steps", "y", "--lr", "x"}, "nib train: error: --steps: 'y': expected a whole number, 1..2^40");
    says({"train", "a", "b", "--steps", "y"}, "nib train: error: unexpected argument 'b'");
    says({"eval", "--modle", "--split", "test"}, "nib eval: error: unknown option '--modle'");
    says({"--quiet", "train", "--stpes"}, "nib: error: unknown option '--quiet'");
    says({"eval"}, "nib eval: error: MODEL is required");
    says({"eval", "--"}, "nib eval: error: MODEL is required");
    says({"train", "--", "a", "--steps"}, "nib train: error: unexpected argument '--steps'");
}

TEST_CASE("of an option that is given twice the last counts, and each is checked")
{
    const TextFolder folder;
    const Words train = {"train", folder.names(), "--out", folder / "run", "--preset", "lecture-deep", "--steps"};
    const auto with = [&](const Words& more) {
        Words all = train;
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    contains(run_nib(with({"5", "--steps", "3"})).err, "training: 3 steps");
    says(with({"x", "--steps", "3"}), "nib train: error: --steps: 'x': expected a whole number, 1..2^40");
}
