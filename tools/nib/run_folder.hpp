// The folder of a training run: the lock on it, and the files of an earlier run.
#pragma once

#include "settings.hpp"

#include "nib/nib.hpp"

#include <optional>
#include <string>

namespace nib::cli {

// Only one run at a time works in a folder: it holds a lock on a file there, which the system releases with the
// process.
class RunFolder {
public:
    // Locks the folder, if it exists, unless this process only reads there, as the ranks after the first. Throws
    // Failure if another process holds the lock.
    explicit RunFolder(std::string path, bool writes = true);
    RunFolder(const RunFolder&) = delete;
    RunFolder& operator=(const RunFolder&) = delete;
    ~RunFolder();

    std::string operator/(const char* file) const { return path_ + "/" + file; }

    // The path of a file that is to be written. Throws Failure as check_own_file does.
    std::string own(const char* file) const;
    std::string checkpoint() const { return *this / "checkpoint.safetensors"; }

    // The settings of the checkpoint to resume; none: start anew, with a note if --resume asked for more. Throws
    // Failure if that would lose a run, stopped or finished, unless overwrite.
    std::optional<Settings> begin(const nib::context& context, bool resume, bool overwrite) const;

    // Creates the folder if needed, locked, and removes the unfinished files of writers that were killed. Throws
    // Failure if a file that the run will write is a link, before time is spent on the run.
    void make();

private:
    void lock();
    void refuse_to_replace(const nib::context& context, const std::string& file) const;
    void remove_remains() const;

    std::string path_;
    int lock_ = -1;
};

} // namespace nib::cli
