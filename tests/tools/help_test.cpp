// How help looks: its width, its colour, its examples; and the version.
#include "catch.hpp"
#include "tools/run.hpp"

#include "../tools/nib/help.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace nib::test;

namespace {

using Lines = std::vector<std::string>;

std::size_t widest(const std::string& text)
{
    std::size_t most = 0;
    for (const std::string& line : lines_of(text)) most = std::max(most, line.size());
    return most;
}

// The words without what is between them: the same whatever the width.
std::string words_of(std::string text)
{
    std::erase_if(text, [](char c) { return c == ' ' || c == '\n' || c == '\r'; });
    return text;
}

bool has_colour(const std::string& text) { return text.find("\033[") != std::string::npos; }

Lines commands()
{
    Lines found;
    bool listed = false;
    for (const std::string& line : lines_of(run_nib({"--help"}).out)) {
        if (listed && !line.starts_with("  ")) break;
        if (listed && line[2] != ' ') found.push_back(line.substr(2, line.find(' ', 2) - 2));
        listed = listed || line == "Subcommands:";
    }
    return found;
}

} // namespace

TEST_CASE("lines flow into the width, but for those that begin with blanks")
{
    using nib::cli::flowed;
    CHECK(flowed("one two\nthree", 80) == Lines{"one two three"});
    CHECK(flowed("one two\nthree", 8) == Lines{"one two", "three"});
    CHECK(flowed("one:\n  two three\n  four", 80) == Lines{"one:", "  two three", "  four"});
    CHECK(flowed("one:\n  two three", 7) == Lines{"one:", "  two", "    three"});
    CHECK(flowed("one\n\ntwo", 80) == Lines{"one", "", "two"});
    CHECK(flowed("unbreakable", 3) == Lines{"unbreakable"});
}

TEST_CASE("help is as wide as COLUMNS, else as the terminal, else 80 columns")
{
    const std::string narrow = run_nib({"eval", "--help"}).out;
    CHECK(widest(narrow) <= 80);
    CHECK(widest(narrow) > 70);
    const std::string on_terminal = run_nib_on_terminal({"eval", "--help"}, 60).text;
    CHECK(widest(on_terminal) <= 61); // with "\r"
    CHECK(widest(on_terminal) > 50);
    for (const std::string columns : {"100", "50"}) {
        const Variable given("COLUMNS", columns);
        const std::string out = run_nib({"eval", "--help"}).out;
        CHECK(widest(out) <= std::stoul(columns));
        CHECK(widest(out) > std::stoul(columns) - 10);
        CHECK(words_of(out) == words_of(narrow));
        CHECK(words_of(run_nib_on_terminal({"eval", "--help"}, 60, 0, "dumb").text) == words_of(narrow));
    }
    for (const std::string columns : {"", "0", "-5", "many"}) {
        const Variable given("COLUMNS", columns);
        CHECK(run_nib({"eval", "--help"}).out == narrow);
    }
    const Variable tiny("COLUMNS", "1");
    CHECK(run_nib({"train", "--help"}).exit_code == 0);
}

TEST_CASE("nib help is --help, of the program and of each command")
{
    CHECK(run_nib({"help"}).out == run_nib({"--help"}).out);
    const Lines all = commands();
    REQUIRE(all.size() >= 13);
    for (const std::string& command : all) {
        const Result result = run_nib({"help", command});
        CAPTURE(command);
        CHECK(result.exit_code == 0);
        CHECK(result.err.empty());
        CHECK(result.out == run_nib({command, "--help"}).out);
    }
}

TEST_CASE("each command's help ends with two examples of it")
{
    for (const std::string& command : commands()) {
        CAPTURE(command);
        const Lines lines = lines_of(run_nib({"help", command}).out);
        const auto heading = std::find(lines.begin(), lines.end(), "Examples:");
        REQUIRE(lines.end() - heading == 3);
        CHECK((heading + 1)->starts_with("  nib " + command));
    }
}

TEST_CASE("the version")
{
    const std::string version = run_nib({"version"}).out;
    CHECK(version.starts_with("nib "));
    CHECK(lines_of(version).size() == 1);
    CHECK(run_nib({"-V"}).out == version);
    CHECK(run_nib({"--version"}).out == version);
}

TEST_CASE("headings and errors have colour on a terminal alone, and where nobody refuses it")
{
    const Lines help = {"help"}, wrong = {"trian"};
    contains(run_nib_on_terminal(help, 80).text, "\033[1mSubcommands:\033[0m");
    contains(run_nib_on_terminal(wrong, 80).text, "nib: \033[1;31merror:\033[0m unknown command");
    contains(run_nib_on_terminal({"info", "nothing"}, 80).text, "nib: \033[1;31merror:\033[0m cannot read");
    CHECK(!has_colour(run_nib(help).out));
    CHECK(!has_colour(run_nib(wrong).err));
    for (const Lines& each : {help, wrong}) {
        CHECK(!has_colour(run_nib_on_terminal(each, 80, 0, "dumb").text));
        const Variable refused("NO_COLOR", "1");
        CHECK(!has_colour(run_nib_on_terminal(each, 80).text));
    }
    const Variable empty("NO_COLOR", "");
    CHECK(has_colour(run_nib_on_terminal(help, 80).text));
}

TEST_CASE("the doctor's verdicts have colour on a terminal")
{
    const TextFolder folder;
    REQUIRE(run_nib({"train", folder.names(), "--out", folder / "run", "--preset", "lecture-original", "--steps", "3"})
                .exit_code == 0);
    const std::string shown = run_nib_on_terminal({"doctor", folder / "run"}, 80).text;
    contains(shown, "\033[1;31mFAIL\033[0m  initial loss");
    contains(shown, "--    loss");
    CHECK(!has_colour(run_nib({"doctor", folder / "run"}).out));
}
