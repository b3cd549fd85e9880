// Files that the program writes, and what is said where one cannot be read or written.
#pragma once

#include <initializer_list>
#include <string>

namespace nib::cli {

// Throw the Failure that says so; error: an errno.
[[noreturn]] void cannot_read(const std::string& name, int error);
[[noreturn]] void cannot_write(const std::string& path, int error);

// Throws Failure, as of wrong usage, where out is one of the files that are read: it would be lost.
void check_output(const std::string& out, std::initializer_list<std::string> inputs);

// For a file whose name is the program's and not the user's, in a folder that may come from anyone. Throws Failure
// where there is something else than a regular file: a link would lead the writing elsewhere, a pipe or device would
// take it.
void check_own_file(const std::string& path);

} // namespace nib::cli
