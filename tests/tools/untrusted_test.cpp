// Files and run folders that come from someone else: none redirects the writing, writes to the terminal, or takes
// unlimited memory or time.
#include "catch.hpp"
#include "tools/kill.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace nib::test;
namespace fs = std::filesystem;

namespace {

constexpr const char* own_files[] = {".nib-lock", "metrics.jsonl", "report.html", "checkpoint.safetensors",
                                     "model.safetensors"};

// The folder of a finished run, and beside it a file that must not be lost.
struct Fixture {
    Fixture()
    {
        REQUIRE(run_nib(short_run()).exit_code == 0);
        write_text(victim, precious);
    }

    std::vector<std::string> short_run(const std::vector<std::string>& more = {}) const
    {
        std::vector<std::string> all = {"--steps", "20", "--warmup", "1", "--threads", "1"};
        all.insert(all.end(), more.begin(), more.end());
        return run_of(folder, "run", all);
    }

    // The command ends with 1 and the words, and the victim is unchanged.
    void refuses(const std::vector<std::string>& arguments, const std::string& words) const
    {
        const Result result = run_nib(arguments);
        CAPTURE(arguments);
        CHECK(result.exit_code == 1);
        contains(result.err, words);
        CHECK(read_text(victim) == precious);
    }

    const std::string precious = "precious\n";
    TextFolder folder;
    std::string run = folder / "run", metrics = run + "/metrics.jsonl", model = run + "/model.safetensors",
                victim = folder / "victim";
};

std::string deep_line(int depth)
{
    return R"({"type":"run","deep":)" + std::string(depth, '[') + std::string(depth, ']') + "}\n";
}

// A name of three symbols, each of which would affect a terminal.
constexpr char wild[] = "\x1b\u009b\u202e";

} // namespace

TEST_CASE_METHOD(Fixture, "no link in a run's folder is followed for writing")
{
    for (const std::string name : own_files) {
        const std::string path = run + "/" + name, kept = folder / "kept";
        fs::rename(path, kept);
        for (const char* target : {"../victim", "../not-there-yet"}) {
            fs::create_symlink(target, path);
            refuses(short_run({"--overwrite"}), name + ": it is a symbolic link");
            if (name != "checkpoint.safetensors") refuses(short_run({"--resume"}), name + ": it is a symbolic link");
            CHECK(fs::is_symlink(path));
            CHECK(!fs::exists(folder / "not-there-yet"));
            fs::remove(path);
        }
        fs::rename(kept, path);
    }
    fs::remove(run + "/report.html");
    fs::create_symlink("../victim", run + "/report.html");
    refuses({"report", run}, "report.html: it is a symbolic link");
}

TEST_CASE_METHOD(Fixture, "a lock that is a link harms nothing, also where the run is then refused")
{
    fs::remove(run + "/.nib-lock");
    fs::create_symlink("../victim", run + "/.nib-lock");
    refuses(short_run({"--resume", "--lr", "0.5"}), ".nib-lock: it is a symbolic link");
    fs::remove(run + "/.nib-lock");
    fs::create_hard_link(victim, run + "/.nib-lock");
    refuses(short_run({"--resume", "--lr", "0.5"}), ".nib-lock: it is another file as well, by a hard link");
}

TEST_CASE_METHOD(Fixture, "a file that has a second name elsewhere stays as it is there")
{
    for (const std::string name : own_files) {
        if (name == ".nib-lock") continue;
        const std::string path = run + "/" + name;
        fs::remove(path);
        fs::create_hard_link(victim, path);
        CHECK(run_nib(short_run({"--overwrite"})).exit_code == 0);
        CHECK(read_text(victim) == precious);
        CHECK(read_text(path) != precious);
    }
}

TEST_CASE_METHOD(Fixture, "pipes in the places of a run's files are refused, and hold up nobody")
{
    for (const std::string name : own_files) {
        const std::string path = run + "/" + name, kept = folder / "kept";
        fs::rename(path, kept);
        REQUIRE(mkfifo(path.c_str(), 0600) == 0);
        refuses(short_run({"--overwrite"}), name + ": it is no regular file");
        fs::remove(path);
        fs::rename(kept, path);
    }
}

TEST_CASE_METHOD(Fixture, "metrics without end are refused")
{
    fs::remove(metrics);
    fs::create_symlink("/dev/zero", metrics);
    refuses({"doctor", run}, "metrics.jsonl is no regular file");
    refuses({"report", run}, "metrics.jsonl is no regular file");
    refuses(short_run({"--resume"}), "metrics.jsonl: it is a symbolic link");
    fs::remove(metrics);
    REQUIRE(mkfifo(metrics.c_str(), 0600) == 0);
    refuses({"doctor", run}, "metrics.jsonl is no regular file");
    refuses({"report", run}, "metrics.jsonl is no regular file");
    fs::remove(metrics);
    write_text(metrics, "{}\n");
    fs::resize_file(metrics, std::uintmax_t{1} << 40); // one line of a terabyte, which takes no space
    refuses({"doctor", run}, "metrics.jsonl:1: no record of nib train");
    write_text(metrics, "");
    fs::resize_file(metrics, std::uintmax_t{1} << 40);
    for (const char* command : {"doctor", "report"})
        refuses({command, run}, "metrics.jsonl:1: a line of more than 16777216 bytes");
}

TEST_CASE_METHOD(Fixture, "a model or a text without end is refused")
{
    const std::string zero = folder / "zero";
    fs::create_symlink("/dev/zero", zero);
    for (const char* command : {"info", "eval", "sample"})
        refuses({command, zero}, "zero': a device, expected a file or a pipe");
    refuses({"eval", model, folder.names(), "--like", zero}, "zero': a device, expected a file or a pipe");
    refuses({"eval", zero, folder.names(), "--like", model}, "zero': a device, expected a file or a pipe");
    refuses({"train", zero, "--out", folder / "other"}, "zero': a device, expected a file or a pipe");
    refuses({"eval", model, zero}, "zero': a device, expected a file or a pipe");
    refuses({"eval", model, zero, "--items"}, "zero': a device, expected a file or a pipe");
    fs::resize_file(folder.names(), std::uintmax_t{1} << 40); // a terabyte without text
    refuses({"eval", model, folder.names(), "--items"}, "File too large");
}

TEST_CASE_METHOD(Fixture, "one signal ends the wait for a pipe that nobody writes to")
{
    const std::string pipe = folder / "pipe";
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"info", pipe},
                                                      {"eval", pipe, folder.names(), "--like", model},
                                                      {"train", pipe, "--out", folder / "other"},
                                                      {"eval", model, pipe, "--items"}}) {
        Child child(arguments);
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        child.send(SIGTERM);
        CHECK(child.wait() == -SIGTERM);
    }
}

TEST_CASE_METHOD(Fixture, "JSON nested without end is refused by the number of its line")
{
    const std::string before = read_text(metrics);
    for (const int depth : {16, 80000}) {
        write_text(metrics, before + deep_line(depth));
        for (const char* command : {"doctor", "report"})
            refuses({command, run}, "metrics.jsonl:" + std::to_string(lines_of(before).size() + 1) +
                                        ": not a JSON object, or one deeper");
    }
    write_text(metrics, deep_line(80000) + before);
    CHECK(run_nib(short_run({"--resume"})).exit_code == 0); // it is not a record of nib's, and is removed
    CHECK(read_text(metrics).find("[[[[") == std::string::npos);
    write_text(metrics, deep_line(15) + before);
    CHECK(run_nib({"report", run}).exit_code == 0);
    // Brackets in a string add no depth.
    write_text(metrics, before + R"({"type":"samples","items":["\"[[[[[[[[[[[[[[[[[[[[[[[["]})" + "\n");
    CHECK(run_nib({"report", run}).exit_code == 0);
}

TEST_CASE_METHOD(Fixture, "numbers that no page could show are refused by the number of their line")
{
    const std::string step = R"(,"loss":1,"learning_rate":1,"seconds":1})", map = R"({"type":"saturation","step":1,)";
    const std::string bins = R"({"type":"stats","step":1,"activations":[{"name":"a","histogram":{"density":[1)";
    std::string many;
    for (int i = 0; i < 100; ++i) many += ",1";
    const struct {
        std::string line, words;
    } records[] = {
        {R"({"type":"step","step":-1)" + step, "a \"step\" from 0 to 2^53"},
        {R"({"type":"step","step":1e300)" + step, "a \"step\" from 0 to 2^53"},
        {map + R"("units":100000,"rows":100000,"bits":"gA=="})", "the base64 of \"units\" x \"rows\" bits"},
        {map + R"("units":0.5,"rows":2,"bits":"gA=="})", "the base64 of \"units\" x \"rows\" bits"},
        {map + R"("units":-1,"rows":-1,"bits":"gA=="})", "the base64 of \"units\" x \"rows\" bits"},
        {bins + many + "]}}]}", "a \"density\" of 100 numbers"},
        {R"({"type":"run","x":")" + std::string(70000, 'x') + "\"}", "up to 64 KiB"},
    };
    const std::string before = read_text(metrics);
    for (const auto& record : records) {
        write_text(metrics, before + record.line + "\n");
        refuses({"report", run},
                "metrics.jsonl:" + std::to_string(lines_of(before).size() + 1) + ": expected " + record.words);
    }
}

TEST_CASE_METHOD(Fixture, "a report reads the metrics once: nothing is lost to an error in a second reading")
{
    const int watch = inotify_init1(IN_NONBLOCK);
    REQUIRE(watch >= 0);
    REQUIRE(inotify_add_watch(watch, metrics.c_str(), IN_OPEN | IN_CLOSE) >= 0); // repeated events come once
    REQUIRE(run_nib({"report", run}).exit_code == 0);
    int opened = 0;
    inotify_event event; // for a file, so no name follows
    while (read(watch, &event, sizeof event) == sizeof event) opened += (event.mask & IN_OPEN) != 0;
    close(watch);
    CHECK(opened == 1);
    contains(read_text(run + "/report.html"), "\"checks\":[{\"check\":\"initial loss\"");
}

TEST_CASE("what a file holds reaches a terminal as visible text, and a pipe as it is")
{
    const TextFolder folder;
    const std::string run = folder / "run", model = run + "/model.safetensors", item = wild;
    std::string text;
    for (int i = 0; i < 20; ++i) text += item + "\n";
    write_text(folder.names(), text);
    REQUIRE(run_nib({"train", folder.names(), "--out", run, "--steps", "20", "--warmup", "1", "--threads", "1"})
                .exit_code == 0);
    const std::string shown = "\\x1b\\u009b\\u202e";
    const auto clean = [](const std::string& screen) {
        INFO(screen);
        CHECK(screen.find('\x1b') == std::string::npos);
        CHECK(screen.find("\u009b") == std::string::npos);
        CHECK(screen.find("\u202e") == std::string::npos);
    };

    const std::vector<std::string> sample = {"sample", model, "-n", "50", "--seed", "1"};
    const std::string raw = run_nib(sample).out, screen = run_nib_on_terminal(sample, 80).text;
    CHECK(raw.find('\x1b') != std::string::npos);
    CHECK(raw.find("\\x1b") == std::string::npos);
    clean(screen);
    contains(screen, "\\x1b");

    const std::vector<std::string> items = {"eval", model, folder.names(), "--items"};
    contains(run_nib(items).out, " " + item + "\n");
    clean(run_nib_on_terminal(items, 80).text);
    contains(run_nib_on_terminal(items, 80).text, " " + shown + "\r\n");

    const Result info = run_nib({"info", model});
    clean(info.out);
    contains(info.out, "the end mark and \\x1b \\u009b \\u202e\n");

    // Layer names, which come from the file, and a path.
    const std::string metrics = read_text(run + "/metrics.jsonl");
    std::string renamed = metrics;
    for (std::size_t at = 0; (at = renamed.find("\"name\":\"", at)) != std::string::npos; at += 8)
        renamed.insert(at + 8, "\\u001b]52;c;eA==\\u0007\\u202e.");
    REQUIRE(renamed != metrics);
    write_text(run + "/metrics.jsonl", renamed);
    const Result doctor = run_nib({"doctor", run});
    clean(doctor.out);
    contains(doctor.out, "\\x1b]52;c;eA==\\x07\\u202e.");
    const Result none = run_nib({"doctor", folder / item});
    CHECK(none.exit_code == 1);
    clean(none.err);
    contains(none.err, "/" + shown + "/metrics.jsonl");
    const Result unknown = run_nib({item});
    CHECK(unknown.exit_code == 2);
    clean(unknown.err);
}
