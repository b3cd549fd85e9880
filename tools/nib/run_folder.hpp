// The folder of a training run: whose it is, and what an earlier run left there.
#pragma once

#include "settings.hpp"

#include "nib/nib.hpp"

#include <optional>
#include <string>

namespace nib::cli {

// One run at a time works in a folder: it holds a lock on a file there, which the system ends with the process.
class RunFolder {
public:
    // Locks the folder, if there is one. Throws Failure where another process has it.
    explicit RunFolder(std::string path);
    RunFolder(const RunFolder&) = delete;
    RunFolder& operator=(const RunFolder&) = delete;
    ~RunFolder();

    std::string operator/(const char* file) const { return path_ + "/" + file; }

    // The path of a file that is to be written. Throws Failure as check_own_file does.
    std::string own(const char* file) const;
    std::string checkpoint() const { return *this / "checkpoint.safetensors"; }

    // The settings of the checkpoint to go on from; none: to start anew, saying so where --resume asked for more.
    // Throws Failure where that would lose a run, stopped or finished, unless overwrite.
    std::optional<Settings> begin(const nib::context& context, bool resume, bool overwrite) const;

    // Makes the folder if it is not there, locked, and removes what writers that were killed left half-done in it.
    // Throws Failure where a file that the run will write is a link, before the time for the run is spent.
    void make();

private:
    void lock();
    void refuse_to_replace(const nib::context& context, const std::string& file) const;
    void remove_remains() const;

    std::string path_;
    int lock_ = -1;
};

} // namespace nib::cli
