// Failures of a user's machine during a run: each ends with 1 and a sentence, and the last checkpoint stays intact.
#include "catch.hpp"
#include "tools/kill.hpp"

#include <csignal>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace nib::test;
namespace fs = std::filesystem;

namespace {

void fails(const Result& result, const std::string& words)
{
    INFO(result.err);
    CHECK(result.exit_code == 1);
    CHECK(result.err.find(words) != std::string::npos);
}

// Limits the size of files that this process, and those that it starts, can write.
class FileLimit {
public:
    explicit FileLimit(rlim_t bytes)
    {
        REQUIRE(getrlimit(RLIMIT_FSIZE, &before_) == 0);
        const rlimit limit = {bytes, before_.rlim_max};
        REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    }
    ~FileLimit() { setrlimit(RLIMIT_FSIZE, &before_); }
    FileLimit(const FileLimit&) = delete;
    FileLimit& operator=(const FileLimit&) = delete;

private:
    rlimit before_{};
};

// A separate file system of this many bytes.
class SmallDisk {
public:
    SmallDisk(const std::string& path, const char* bytes) : path_(path)
    {
        fs::create_directory(path);
        mounted_ = mount("nib-test", path.c_str(), "tmpfs", 0, (std::string("size=") + bytes).c_str()) == 0;
    }
    ~SmallDisk()
    {
        if (mounted_) umount(path_.c_str());
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    bool mounted() const { return mounted_; }

private:
    std::string path_;
    bool mounted_;
};

// A folder with the checkpoint of a run that was stopped half-way, and the model with which it would end.
struct Stopped {
    Stopped()
    {
        REQUIRE(run_nib(run_of(folder, "whole")).exit_code == 0);
        const FileLimit limit(150000); // metrics.jsonl reaches that size
        fails(run_nib(run_of(folder, "run", {"--checkpoint-every", "50", "--stats-every", "5"})), "File too large");
        checkpoint = read_text(folder / "run/checkpoint.safetensors");
        REQUIRE(!checkpoint.empty());
        REQUIRE(!fs::exists(folder / "run/model.safetensors"));
    }
    void goes_on()
    {
        CHECK(run_nib(run_of(folder, "run", {"--resume"})).exit_code == 0);
        CHECK(model_of(folder, "run") == model_of(folder, "whole"));
    }
    TextFolder folder;
    std::string checkpoint;
};

} // namespace

TEST_CASE("a file that cannot grow ends the run, which goes on later")
{
    Stopped run;
    {
        const FileLimit limit(run.checkpoint.size() / 2);
        fails(run_nib(run_of(run.folder, "run", {"--resume"})), "checkpoint.safetensors': File too large");
    }
    CHECK(read_text(run.folder / "run/checkpoint.safetensors") == run.checkpoint);
    run.goes_on();
}

TEST_CASE("a full file system ends the run, which goes on where there is room")
{
    const TextFolder folder;
    const SmallDisk disk(folder / "disk", "320k");
    if (!disk.mounted()) NIB_SKIP("no right to mount a file system of a few kilobytes, which takes root");
    REQUIRE(run_nib(run_of(folder, "whole")).exit_code == 0);
    fails(run_nib(run_of(folder, "disk/run", {"--checkpoint-every", "50", "--stats-every", "5"})),
          "No space left on device");
    for (const char* file : {"checkpoint.safetensors", "metrics.jsonl"}) {
        fs::create_directory(folder / "room");
        fs::copy_file(folder / (std::string("disk/run/") + file), folder / (std::string("room/") + file));
    }
    const Result rest = run_nib(run_of(folder, "room", {"--resume"}));
    CHECK(rest.exit_code == 0);
    CHECK(rest.err.find("going on after step ") != std::string::npos);
    CHECK(model_of(folder, "room") == model_of(folder, "whole"));
}

TEST_CASE("a folder that cannot be made or written to ends the run before it begins")
{
    const TextFolder folder;
    fails(run_nib({"train", folder.names(), "--out", "/proc/nib-run"}), "cannot make the folder /proc/nib-run");
    if (geteuid() == 0) NIB_SKIP("root may write everywhere");
    fs::create_directory(folder / "locked");
    fs::permissions(folder / "locked", fs::perms::owner_read | fs::perms::owner_exec);
    fails(run_nib({"train", folder.names(), "--out", folder / "locked"}), "cannot write in the folder");
}

TEST_CASE("data that have vanished end the run, which goes on when they are back")
{
    Stopped run;
    fs::rename(run.folder.names(), run.folder / "elsewhere");
    fails(run_nib(run_of(run.folder, "run", {"--resume"})), "names.txt': No such file or directory");
    CHECK(read_text(run.folder / "run/checkpoint.safetensors") == run.checkpoint);
    fs::rename(run.folder / "elsewhere", run.folder.names());
    run.goes_on();
}

TEST_CASE("a stdout that is full, closed or read by nobody is said at the end, and the model is there")
{
    const TextFolder folder;
    REQUIRE(run_nib(run_of(folder, "whole")).exit_code == 0);
    const struct {
        std::string out;
        const char* words;
    } outs[] = {{"/dev/full", "cannot write to standard output"},
                {broken_pipe, "cannot write to standard output"},
                {closed_stdout, "cannot write to standard output: Bad file descriptor"}};
    for (const auto& [out, words] : outs) {
        fails(run_nib(run_of(folder, "run", {"--overwrite"}), out), words);
        CHECK(model_of(folder, "run") == model_of(folder, "whole"));
        const std::vector<std::string> sample = {"sample", folder / "run/model.safetensors", "-n", "100000000"};
        fails(run_nib(sample, out), words); // at once, not after 100 million items
    }
}

TEST_CASE("a run that diverges keeps its last checkpoint, whose numbers are finite")
{
    const TextFolder folder;
    const Result result = run_nib(run_of(folder, "run",
                                         {"--batchnorm", "off", "--activation", "identity", "--optimizer", "sgd",
                                          "--lr", "1e6", "--checkpoint-every", "1"}));
    fails(result, "likely a learning rate of ");
    const std::string checkpoint = folder / "run/checkpoint.safetensors";
    CHECK(result.err.find("; " + checkpoint + " is of step ") != std::string::npos);
    CHECK(run_nib({"info", checkpoint}).exit_code == 0); // it reads every number
    fails(run_nib({"eval", checkpoint, folder.names()}), "an output that it gives, is not finite");
    fails(run_nib(run_of(folder, "run", {"--lr", "0.1"})), "--overwrite starts anew");
}

TEST_CASE("a run that diverges before the clock has asked for a checkpoint has one of its last good steps")
{
    const TextFolder folder; // the learning rate rises until the loss is not finite, after some hundreds of steps
    const std::vector<std::string> rising = {"--preset", "lecture-original", "--activation",  "identity",
                                             "--steps",  "200000",           "--lr",          "1000",
                                             "--warmup", "200000",           "--stats-every", "10"};
    const Result result = run_nib(run_of(folder, "run", rising));
    fails(result, "likely a learning rate of ");
    const std::string words = "checkpoint.safetensors is of step ";
    const std::size_t at = result.err.find(words), loss = result.err.find("is not finite at step ");
    REQUIRE(at != std::string::npos);
    REQUIRE(loss != std::string::npos);
    const int kept = std::stoi(result.err.substr(at + words.size()));
    const int lost = std::stoi(result.err.substr(loss + std::strlen("is not finite at step ")));
    CHECK(lost > 100);
    CHECK(kept > 0);
    CHECK(kept <= lost);
    CHECK(kept + 10 >= lost); // every tenth step has statistics
    CHECK(run_nib({"eval", folder / "run/checkpoint.safetensors", folder.names()}).exit_code == 0);
}
