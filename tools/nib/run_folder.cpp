#include "run_folder.hpp"

#include "failure.hpp"
#include "files.hpp"
#include "metrics/remembered.hpp"
#include "option_infos.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nib::cli {
namespace {

namespace fs = std::filesystem;

// Names the process that holds the lock, if its number can be read.
std::string holder(int lock)
{
    char text[32] = "";
    if (pread(lock, text, sizeof text - 1, 0) <= 0) return "";
    const long process = std::strtol(text, nullptr, 10);
    return process > 0 ? " (process " + std::to_string(process) + ")" : "";
}

// The process in ".nib-<process>-<number>.tmp", the library's name for an unfinished file; 0: another file.
long writer_of(const std::string& name)
{
    long process = 0;
    int number = 0, end = 0;
    const int read = std::sscanf(name.c_str(), ".nib-%ld-%d.tmp%n", &process, &number, &end);
    return read == 2 && static_cast<std::size_t>(end) == name.size() && process > 0 ? process : 0;
}

nib::checkpoint read_checkpoint(const nib::context& context, const std::string& file)
{
    try {
        return nib::checkpoint(context, file);
    } catch (const nib::error& error) {
        throw Failure(error, "; --overwrite replaces it");
    }
}

} // namespace

RunFolder::RunFolder(std::string path, bool writes) : path_(std::move(path))
{
    std::error_code ignored;
    if (writes && fs::is_directory(path_, ignored)) lock();
}

std::string RunFolder::own(const char* file) const
{
    std::string path = *this / file;
    check_own_file(path);
    return path;
}

RunFolder::~RunFolder()
{
    if (lock_ >= 0) close(lock_);
}

void RunFolder::lock()
{
    const std::string file = own(".nib-lock");
    lock_ = open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    struct stat about = {};
    if (lock_ < 0 || fstat(lock_, &about) != 0)
        throw Failure("cannot write in the folder " + path_ + ": " + std::strerror(errno));
    if (!S_ISREG(about.st_mode) || about.st_nlink != 1)
        throw Failure("cannot write " + file + ": it is another file as well, by a hard link");
    if (flock(lock_, LOCK_EX | LOCK_NB) == 0) {
        char text[32];
        const int size = std::snprintf(text, sizeof text, "%ld\n", static_cast<long>(getpid()));
        // Only the message of another run needs it, so it may fail.
        if (ftruncate(lock_, 0) != 0 || pwrite(lock_, text, static_cast<std::size_t>(size), 0) != size) return;
    } else if (errno == EWOULDBLOCK) {
        throw Failure("another run is at work in " + path_ + holder(lock_));
    } else {
        note("%s cannot be locked (%s): do not start a second run in it", path_.c_str(), std::strerror(errno));
    }
}

std::optional<Settings> RunFolder::begin(const nib::context& context, bool resume, bool overwrite) const
{
    const std::string file = checkpoint();
    std::error_code ignored;
    if (!fs::exists(file, ignored)) {
        if (!overwrite && fs::exists(*this / "model.safetensors", ignored))
            throw Failure(path_ + " holds the model of an earlier run without its checkpoint: --overwrite replaces it");
        if (resume) note("%s: no checkpoint yet, training starts anew", path_.c_str());
        return std::nullopt;
    }
    if (overwrite) return std::nullopt;
    if (resume) {
        const nib::checkpoint checkpoint(context, file);
        return Settings{lasting(checkpoint.model), checkpoint.train};
    }
    refuse_to_replace(context, file);
    return std::nullopt;
}

// Throws Failure if the checkpoint belongs to a run.
void RunFolder::refuse_to_replace(const nib::context& context, const std::string& file) const
{
    const nib::checkpoint checkpoint = read_checkpoint(context, file);
    if (checkpoint.step == 0) return;
    const std::string step = std::to_string(checkpoint.step), steps = std::to_string(checkpoint.train.steps);
    const bool has_ended = remembered_run(path_).ended_at == checkpoint.step;
    if (checkpoint.step < checkpoint.train.steps && has_ended)
        throw Failure(path_ + " holds a finished run, which ended after step " + step + " of " + steps +
                      ": --overwrite replaces it, --resume with a larger --patience goes on with it, --out names " +
                      "another folder");
    if (checkpoint.step < checkpoint.train.steps)
        throw Failure(path_ + " holds a run that was stopped after step " + step + " of " + steps +
                      ": --resume goes on with it, --overwrite starts anew");
    throw Failure(path_ + " holds a finished run of " + step +
                  " steps: --overwrite replaces it, --resume --steps MORE goes on with it, --out names another folder");
}

void RunFolder::make()
{
    if (lock_ < 0) {
        std::error_code error;
        fs::create_directories(path_, error);
        if (error) throw Failure("cannot make the folder " + path_ + ": " + error.message());
        lock();
        if (fs::exists(checkpoint(), error)) throw Failure("another run has just begun in " + path_);
    }
    for (const char* file :
         {"checkpoint.safetensors", "model.safetensors", "best.safetensors", "metrics.jsonl", "report.html"})
        own(file);
    remove_remains();
}

void RunFolder::remove_remains() const
{
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(path_, error)) {
        const long process = writer_of(entry.path().filename().string());
        if (process > 0 && kill(static_cast<pid_t>(process), 0) != 0 && errno == ESRCH) fs::remove(entry.path(), error);
    }
}

} // namespace nib::cli
