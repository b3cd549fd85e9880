#include "catch.hpp"
#include "tools/run.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

using namespace nib::test;

namespace {

std::vector<std::string> train(const TextFolder& folder, const std::string& steps)
{
    return {"train", folder.names(), "--out", folder / "run", "--preset", "lecture-batchnorm", "--threads",
            "1",     "--steps",      steps};
}

// Every text between a carriage return and the erasure after it: the successive live lines.
std::vector<std::string> live_lines(const std::string& screen)
{
    std::vector<std::string> lines;
    for (size_t end = 0; (end = screen.find(erase_to_end, end)) != std::string::npos; ++end) {
        const std::string line = screen.substr(0, end);
        const size_t start = line.rfind('\r') + 1;
        if (start < line.size()) lines.push_back(line.substr(start));
    }
    return lines;
}

bool has_log_line(const std::string& screen) { return screen.find("      0/") != std::string::npos; }

} // namespace

TEST_CASE("a terminal shows one live line, ten times a second at most")
{
    const TextFolder folder;
    const Screen screen = run_nib_on_terminal(train(folder, "1000000000"), 100, 6);
    CHECK(screen.seconds > 0.4);
    const std::vector<std::string> lines = live_lines(screen.text);
    REQUIRE(lines.size() >= 6);
    for (const std::string& line : lines) {
        CAPTURE(line);
        CHECK(line.size() < 100);
        CHECK(line.find("[....") == 0); // such a long run is at its beginning
        CHECK(line.find("/1000000000  loss ") != std::string::npos);
        CHECK(line.find(" steps/s  ") != std::string::npos);
        CHECK(line.find(" left") != std::string::npos);
    }
    CHECK(!has_log_line(screen.text.substr(0, screen.text.find('['))));
}

TEST_CASE("the live line has the last validation loss beside the loss")
{
    const TextFolder folder;
    std::vector<std::string> arguments = train(folder, "1000000000");
    arguments.insert(arguments.end(), {"--eval-every", "1"}); // so that even a slow machine has one to show
    const Screen screen = run_nib_on_terminal(arguments, 100, 6);
    REQUIRE(!live_lines(screen.text).empty());
    const std::string last = live_lines(screen.text).back();
    CAPTURE(last);
    CHECK(last.find("  val ") == last.find("  loss ") + std::string("  loss 0.0000").size());
    CHECK(screen.text.find("after step ") == std::string::npos);
}

TEST_CASE("the live line fits the terminal")
{
    const TextFolder folder;
    for (const int width : {200, 80, 60, 40, 20, 5}) {
        CAPTURE(width);
        const Screen screen = run_nib_on_terminal(train(folder, "1000000000"), width, 2);
        const std::vector<std::string> lines = live_lines(screen.text);
        for (const std::string& line : lines) CHECK(line.size() < static_cast<size_t>(width));
        if (width < 40) continue;
        REQUIRE(!lines.empty());
        CHECK(lines.back().find("loss") != std::string::npos);
        if (width == 40) CHECK(lines.back()[0] != '[');
        if (width == 200) CHECK(lines.back()[0] == '[');
    }
}

TEST_CASE("at its end the live line makes room for the results")
{
    const TextFolder folder;
    const Screen screen = run_nib_on_terminal(train(folder, "200"), 80);
    CHECK(screen.exit_code == 0);
    REQUIRE(!live_lines(screen.text).empty());
    const std::string last = screen.text.substr(screen.text.rfind(erase_to_end));
    CHECK(last.find("\033[Ktrained in ") == 0);
    CHECK(last.find("\r\ntrain ") != std::string::npos);
    CHECK(last.find("\r\nval ") != std::string::npos);
    CHECK(last.find("\r\nwrote ") != std::string::npos);
}

TEST_CASE("--log-every prints lines on a terminal too, without a live line between them")
{
    const TextFolder folder;
    std::vector<std::string> arguments = train(folder, "100");
    arguments.insert(arguments.end(), {"--log-every", "50"});
    const Screen screen = run_nib_on_terminal(arguments, 80);
    CHECK(screen.exit_code == 0);
    CHECK(screen.text.find("\n      0/    100: ") != std::string::npos);
    CHECK(screen.text.find("\n     50/    100: ") != std::string::npos);
    CHECK(live_lines(screen.text).empty());
}

TEST_CASE("the steps that an earlier run did are not of this one's speed")
{
    const TextFolder folder;
    std::vector<std::string> arguments = train(folder, "1000000000");
    arguments.insert(arguments.end(),
                     {"--hidden", "4", "--embedding", "2", "--batch", "64", "--lr", "1e-3", "--stats-every", "0"});
    {
        Child child(arguments);
        for (int i = 0; i < 1000 && !std::filesystem::exists(folder / "run/checkpoint.safetensors"); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        child.send(SIGINT);
        REQUIRE(child.wait() == -SIGINT);
    }
    const Screen screen =
        run_nib_on_terminal({"train", folder.names(), "--out", folder / "run", "--resume", "--threads", "1"}, 100, 2);
    const std::string done = "going on after step ";
    REQUIRE(screen.text.find(done) != std::string::npos);
    const double before = std::stod(screen.text.substr(screen.text.find(done) + done.size()));
    CHECK(before > 0); // some thousands, and hundreds under sanitizers
    const std::vector<std::string> lines = live_lines(screen.text);
    REQUIRE(!lines.empty());
    // The first line comes after one step, which takes a microsecond at least.
    const std::size_t end = lines.front().find(" steps/s");
    REQUIRE(end != std::string::npos);
    const std::size_t begin = lines.front().rfind(' ', end - 1) + 1;
    CHECK(std::stod(lines.front().substr(begin, end - begin)) < 1e6);
}
