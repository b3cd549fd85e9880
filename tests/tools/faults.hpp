// Makes calls of the C library fail in the programs that a test starts, through tests/tools/faults.cpp.
#pragma once

#include "folder.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

namespace nib::test {

class Fault {
public:
    // call: "open", "read", "write", "fsync", "rename", "close" or "chmod", on files in the folder and on the folder
    // itself. number: which of those calls fails, from 1; 0: each. error: its errno.
    Fault(const Folder& folder, const char* call, int number, int error)
    {
        setenv("LD_PRELOAD", NIB_FAULTS, 1);
        setenv("NIB_FAULT_FOLDER", std::filesystem::canonical(folder / ".").c_str(), 1);
        setenv("NIB_FAULT_CALL", call, 1);
        setenv("NIB_FAULT_NUMBER", std::to_string(number).c_str(), 1);
        setenv("NIB_FAULT_ERROR", std::to_string(error).c_str(), 1);
        setenv("NIB_FAULT_MARK", (own_ / "mark").c_str(), 1);
    }
    ~Fault()
    {
        for (const char* name : {"LD_PRELOAD", "NIB_FAULT_FOLDER", "NIB_FAULT_CALL", "NIB_FAULT_NUMBER",
                                 "NIB_FAULT_ERROR", "NIB_FAULT_MARK"})
            unsetenv(name);
    }
    Fault(const Fault&) = delete;
    Fault& operator=(const Fault&) = delete;

    // Whether a call has failed.
    bool came() const { return std::filesystem::exists(own_ / "mark"); }

private:
    Folder own_;
};

} // namespace nib::test
