// Every open, read, write, fsync, rename and close on a command's files fails in turn. The command ends with 1 and a
// sentence, and its files are the old ones or complete new ones; if the failure costs nothing, it ends with 0 and all
// of its results.
#include "catch.hpp"
#include "tools/faults.hpp"
#include "tools/kill.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

using namespace nib::test;
namespace fs = std::filesystem;

namespace {

constexpr const char* calls[] = {"open", "read", "write", "fsync", "rename", "close"};

// The files that a command writes without a fault, and the conditions after it failed.
struct Command {
    const Folder& folder; // of its files
    std::function<void()> prepare;
    std::vector<std::string> arguments;
    std::function<void()> check_done, check_failed;
};

// Returns how often the call failed.
int fail_in_turn(const Command& command, const char* call)
{
    int failed = 0;
    for (int number = 1;; ++number) {
        command.prepare();
        CAPTURE(call, number);
        Result result;
        {
            const Fault fault(command.folder, call, number, EIO);
            result = run_nib(command.arguments);
            if (!fault.came()) break;
        }
        INFO(result.err);
        if (result.exit_code == 0) {
            command.check_done();
            continue;
        }
        ++failed;
        CHECK(result.exit_code == 1);
        CHECK(result.err.find("nib: error: ") != std::string::npos);
        CHECK(result.err.find("Input/output error") != std::string::npos);
        command.check_failed();
    }
    command.check_done();
    return failed;
}

// least: how often a call of each kind must fail at least, in the order of `calls`.
void fail_all(const char* name, const Command& command, const std::vector<int>& least)
{
    for (std::size_t i = 0; i < std::size(calls); ++i) {
        const int failed = fail_in_turn(command, calls[i]);
        std::printf("%s: %d failures of %s\n", name, failed, calls[i]);
        CAPTURE(name, calls[i]);
        CHECK(failed >= least[i]);
    }
}

std::vector<std::string> small_run(const TextFolder& folder, const std::string& out,
                                   const std::vector<std::string>& more = {})
{
    std::vector<std::string> all = {"--steps", "60", "--checkpoint-every", "20", "--stats-every", "30"};
    all.insert(all.end(), more.begin(), more.end());
    return run_of(folder, out, all);
}

// The number of records of that type in a run.
std::ptrdiff_t records_of(const std::string& run, const std::string& type)
{
    const std::vector<std::string> lines = lines_of(read_text(run + "/metrics.jsonl"));
    const std::string start = "{\"type\":\"" + type + "\"";
    return std::count_if(lines.begin(), lines.end(), [&](const std::string& line) { return line.starts_with(start); });
}

// A file that is replaced as a whole: an old one exists before, and after a failure it has either its bytes or `fresh`.
Command replacing(const TextFolder& folder, const std::string& file, const std::vector<std::string>& arguments)
{
    REQUIRE(run_nib(arguments).exit_code == 0);
    const std::string fresh = read_text(file);
    REQUIRE(!fresh.empty());
    const auto is_fresh = [=] {
        const bool whole = read_text(file) == fresh;
        CHECK(whole);
    };
    const auto is_whole = [=] {
        const std::string now = read_text(file);
        const bool whole = now == "old" || now == fresh;
        CHECK(whole);
    };
    return {folder, [=] { write_text(file, "old"); }, arguments, is_fresh, is_whole};
}

} // namespace

TEST_CASE("a run that goes on, with every call failing in turn, ends later with the model of the whole run")
{
    const TextFolder folder;
    REQUIRE(run_nib(small_run(folder, "whole")).exit_code == 0);
    {
        const Fault fault(folder, "rename", 3, EIO); // the checkpoint of step 40
        REQUIRE(run_nib(small_run(folder, "stopped")).exit_code == 1);
    }
    REQUIRE(fs::exists(folder / "stopped/checkpoint.safetensors"));
    const auto is_whole = [&] {
        CHECK(model_of(folder, "run") == model_of(folder, "whole"));
        CHECK(lines_of(read_text(folder / "run/metrics.jsonl")).back().starts_with("{\"type\":\"end\",\"step\":60"));
        CHECK(records_of(folder / "run", "step") == records_of(folder / "whole", "step"));
        CHECK(records_of(folder / "run", "stats") == records_of(folder / "whole", "stats"));
        const bool page = read_text(folder / "run/report.html").find("\"name\":\"training loss\"") != std::string::npos;
        CHECK(page);
    };
    const Command command = {folder,
                             [&] {
                                 fs::remove_all(folder / "run");
                                 fs::copy(folder / "stopped", folder / "run");
                             },
                             small_run(folder, "run", {"--resume"}), is_whole,
                             [&] {
                                 const Result rest = run_nib(small_run(folder, "run", {"--resume"}));
                                 INFO(rest.err);
                                 CHECK(rest.exit_code == 0);
                                 is_whole();
                             }};
    fail_all("train", command, {10, 5, 10, 8, 4, 4});
}

TEST_CASE("fold, report and export with every call failing in turn leave the old file or the new one")
{
    const TextFolder folder;
    REQUIRE(run_nib(small_run(folder, "run")).exit_code == 0);
    const std::string model = folder / "run/model.safetensors";
    const std::vector<int> least = {3, 2, 1, 2, 1, 1};
    fail_all("fold", replacing(folder, folder / "x.nib", {"fold", model, folder.names(), "-o", folder / "x.nib"}),
             least);
    fail_all("export c", replacing(folder, folder / "x.c", {"export", model, "--format", "c", "-o", folder / "x.c"}),
             least);
    fail_all("export onnx",
             replacing(folder, folder / "x.onnx", {"export", model, "--format", "onnx", "-o", folder / "x.onnx"}),
             least);
    fail_all("export pytorch",
             replacing(folder, folder / "x.py", {"export", model, "--format", "pytorch", "-o", folder / "x.py"}),
             least);
    fail_all("report", replacing(folder, folder / "run/report.html", {"report", folder / "run"}), {2, 5, 1, 0, 1, 1});
}
