// --config and --print-config: a run's options in a file.
#include "catch.hpp"
#include "tools/run.hpp"

#include <filesystem>
#include <string>
#include <vector>

using namespace nib::test;

namespace {

using Words = std::vector<std::string>;

Words with(Words words, const Words& more)
{
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

// The message about a configuration of that text.
std::string fault(const TextFolder& folder, const std::string& text)
{
    write_text(folder / "bad.toml", text);
    const Result result = run_nib({"train", folder.names(), "--out", folder / "bad", "--config", folder / "bad.toml"});
    CAPTURE(text, result.out);
    CHECK(result.exit_code == 2);
    CHECK(!std::filesystem::exists(folder / "bad"));
    return result.err;
}

} // namespace

TEST_CASE("a configuration that was printed gives the same run")
{
    const TextFolder folder;
    const Words run = {"train",     folder.names(),
                       "--network", "embedding 3, flatten, linear 5, tanh, linear",
                       "--context", "3",
                       "--steps",   "7",
                       "--lr",      "2e-3",
                       "--batch",   "4",
                       "--out",     folder / "a",
                       "--bytes",   "--overwrite"};
    const Result printed = run_nib(with(run, {"--print-config"}));
    REQUIRE(printed.exit_code == 0);
    CHECK(printed.err.empty());
    CHECK(!std::filesystem::exists(folder / "a"));
    write_text(folder / "run.toml", printed.out);
    CHECK(run_nib({"train", "--config", folder / "run.toml", "--print-config"}).out == printed.out);

    REQUIRE(run_nib(run).exit_code == 0);
    const Result again = run_nib({"train", "--config", folder / "run.toml", "--out", folder / "b"});
    INFO(again.err);
    REQUIRE(again.exit_code == 0);
    CHECK(read_text(folder / "a/model.safetensors") == read_text(folder / "b/model.safetensors"));
}

TEST_CASE("the command line overrides a configuration, wherever it stands")
{
    const TextFolder folder;
    write_text(folder / "run.toml",
               "# of a test\nsteps = 5 # few\nDATA = \"nothing.txt\"\ntarget = [\"aa\", \"b c\"]\n");
    const Words given = {folder.names(), "--steps", "3", "--target", "dd"};
    for (const bool before : {false, true}) {
        const Words config = {"--config", folder / "run.toml"};
        const Words words = before ? with(config, given) : with(given, config);
        const Result result = run_nib(with(with({"train"}, words), {"--print-config"}));
        INFO(result.err);
        const Words lines = lines_of(result.out);
        CHECK(lines == Words{"DATA=\"" + folder.names() + "\"", "steps=3", "target=\"dd\""});
    }
    const std::string alone = run_nib({"train", "--config", folder / "run.toml", "--print-config"}).out;
    CHECK(lines_of(alone) == Words{"DATA=\"nothing.txt\"", "steps=5", "target=[\"aa\", \"b c\"]"});
}

TEST_CASE("a configuration may come from standard input, and nib plan takes one too")
{
    const TextFolder folder;
    write_text(folder / "plan.toml", "preset=\"mlp\"\nflash=\"64M\"\njson=true\n");
    const Result result = run_nib({"plan", "--config", "-"}, "", folder / "plan.toml");
    CHECK(result.exit_code == 0);
    CHECK(result.out.starts_with("{\"network\":\"embedding 24"));
    contains(result.out, "\"flash_limit\":67108864");
}

TEST_CASE("what is wrong in a configuration is told by the file and the key")
{
    const TextFolder folder;
    const std::string begin = "nib train: error: " + folder / "bad.toml" + ": ";
    contains(fault(folder, "stpes = 3\n"), begin + "unknown key 'stpes'; did you mean 'steps'?\n");
    contains(fault(folder, "help = true\n"), begin + "unknown key 'help'");
    contains(fault(folder, "config = \"x\"\n"), begin + "unknown key 'config'");
    contains(fault(folder, "steps = many\n"), begin + "--steps: 'many': expected a whole number, 1..2^40\n");
    contains(fault(folder, "steps = 3\nlr = 1\nsteps = 4\n"), begin + "steps: stands there twice\n");
    contains(fault(folder, "steps = [3, 4]\n"), begin + "steps: expected one value, found 2\n");
    contains(fault(folder, "[train]\nsteps = 3\n"), begin + "[train]: expected no section\n");
    contains(fault(folder, "resume = true\noverwrite = true\n"), "--resume excludes --overwrite\n");
    contains(fault(folder, "resume = perhaps\n"), begin);
    const Result missing = run_nib({"train", "--config", folder / "nothing.toml"});
    CHECK(missing.exit_code == 1);
    contains(missing.err, "nib: error: cannot read '" + folder / "nothing.toml" + "': No such file or directory\n");
}

TEST_CASE("an option that a line cannot hold is refused, one that it can comes back")
{
    const TextFolder folder;
    for (const std::string text :
         {"embedding 3, flatten # all\nlinear", "a # b", "it's \"two\"", "back\\slash", "1, 2"}) {
        const Result printed = run_nib({"plan", "--network", text, "--print-config"});
        CAPTURE(text, printed.out, printed.err);
        if (printed.exit_code == 2) { // older versions of CLI11 write fewer texts
            CHECK(printed.out.empty());
            contains(printed.err, "nib plan: error: --network: '");
            contains(printed.err, "': expected a value that a line of a file can hold\n");
            continue;
        }
        CHECK(printed.exit_code == 0);
        write_text(folder / "plan.toml", printed.out);
        const Result direct = run_nib({"plan", "--network", text}),
                     again = run_nib({"plan", "--config", folder / "plan.toml"});
        CHECK(again.exit_code == direct.exit_code);
        CHECK(again.out == direct.out);
        CHECK(again.err == direct.err);
    }
}

TEST_CASE("beside an option that is none, nothing is printed")
{
    const Result unknown = run_nib({"train", "--stpes", "3", "--print-config"});
    CHECK(unknown.exit_code == 2);
    CHECK(unknown.out.empty());
}
