// nib sample --new: items that stand in the text are left out.
#include "catch.hpp"
#include "tools/run.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

using namespace nib::test;

namespace {

using Lines = std::vector<std::string>;

// A model that knows its 20 names by heart, but for some letters.
std::string train(const TextFolder& folder)
{
    const Result result =
        run_nib({"train", folder.names(), "--out", folder / "run", "--overwrite", "--threads", "1", "--network",
                 "embedding 8, flatten, linear 64, tanh, linear", "--context", "3", "--steps", "300", "--lr", "0.02"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return folder / "run/model.safetensors";
}

// Those of a number of draws that do not stand in the text.
Lines expected(const std::string& model, const Lines& text, std::size_t draws)
{
    Lines items = lines_of(run_nib({"sample", model, "-n", std::to_string(draws)}).out);
    std::erase_if(items, [&](const auto& item) { return std::find(text.begin(), text.end(), item) != text.end(); });
    return items;
}

void refuses(const Lines& arguments, const std::string& words)
{
    const Result result = run_nib(arguments);
    CAPTURE(arguments, result.out, result.err);
    CHECK(result.exit_code == 1);
    CHECK(result.out.empty());
    contains(result.err, words);
}

} // namespace

TEST_CASE("new items are the sampler's without those of the text, which the run remembers")
{
    const TextFolder folder;
    const std::string model = train(folder);
    const Lines text = lines_of(read_text(folder.names()));
    const Lines all = expected(model, text, 100);
    CAPTURE(all.size());
    REQUIRE(all.size() >= 10);
    REQUIRE(all.size() <= 90);

    const Result result = run_nib({"sample", model, "--new", "-n", std::to_string(all.size())});
    CHECK(result.exit_code == 0);
    CHECK(lines_of(result.out) == all);
    contains(result.err, "left out ");
    contains(result.err, " items that stand in " + folder.names() + "\n");
    CHECK(run_nib({"sample", model, folder.names(), "--new", "-n", std::to_string(all.size())}).out == result.out);

    REQUIRE(run_nib({"fold", model, "-o", folder / "names.nib"}).exit_code == 0);
    const Result folded = run_nib({"sample", folder / "names.nib", folder.names(), "--new", "-n", "5"});
    CHECK(folded.out == run_nib({"sample", model, "--new", "-n", "5"}).out);
}

TEST_CASE("where the text is unknown, gone or another, the message says so")
{
    const TextFolder folder;
    const std::string model = train(folder), text = read_text(folder.names());
    REQUIRE(run_nib({"fold", model, "-o", folder / "names.nib"}).exit_code == 0);
    refuses({"sample", folder / "names.nib", "--new"},
            "nib: error: a folded model does not say what it was trained on: name DATA\n");
    std::filesystem::copy_file(model, folder / "alone.safetensors");
    refuses({"sample", folder / "alone.safetensors", "--new"},
            "says where the text is that it was trained on: name DATA\n");
    write_text(folder.names(), text + "zoe\n");
    refuses({"sample", model, "--new"}, "is no longer what " + model + " was trained on: name DATA\n");
    std::filesystem::remove(folder.names());
    refuses({"sample", model, "--new"}, ", is no longer there: name DATA\n");
    refuses({"sample", model, folder.names(), "--new"}, "nib: error: cannot read '" + folder.names());
    const Result useless = run_nib({"sample", model, folder.names()});
    CHECK(useless.exit_code == 2);
    contains(useless.err, "nib sample: error: DATA: has no effect without --new\n");
}

TEST_CASE("a model that only repeats the text comes to an end")
{
    const TextFolder folder;
    const std::string model = train(folder);
    const std::string likeliest = run_nib({"sample", model, "-n", "1", "--temperature", "0.001"}).out;
    write_text(folder / "known.txt", likeliest);
    refuses({"sample", model, folder / "known.txt", "--new", "--temperature", "0.001"},
            "nib: error: no new item: the last 1000 stand in " + folder / "known.txt" + "; a higher --temperature");
}
