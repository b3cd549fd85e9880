// Files that the program writes, and the errors for files that cannot be read or written.
#pragma once

#include <initializer_list>
#include <string>

namespace nib::cli {

// These throw the Failure that says so; error: an errno.
[[noreturn]] void cannot_read(const std::string& name, int error);
[[noreturn]] void cannot_write(const std::string& path, int error);

// Throws Failure if there is no such file; "-" is standard input.
void check_exists(const std::string& path);

// Throws Failure for wrong usage if out is one of the files that are read, which would be lost.
void check_output(const std::string& out, std::initializer_list<std::string> inputs);

// For a file whose name the program chooses, in a folder of any origin. Throws Failure if something other than a
// regular file is there: a link would redirect the writing, a pipe or device would swallow it.
void check_own_file(const std::string& path);

} // namespace nib::cli
