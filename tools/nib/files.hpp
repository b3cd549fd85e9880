// Files that the program writes itself.
#pragma once

#include <functional>
#include <initializer_list>
#include <ostream>
#include <string>

namespace nib::cli {

// Replaces path by what write puts out, by way of a temporary file in the same folder, named as the library names its
// own: a kill leaves the old file or the new one. A symbolic link stays, and the file it names is replaced; what is no
// regular file (/dev/stdout, a pipe) is written to directly. Throws Failure.
void replace_file(const std::string& path, const std::function<void(std::ostream&)>& write);

// Throws the Failure that says so; error: an errno.
[[noreturn]] void cannot_write(const std::string& path, int error);

// Throws Failure, as of wrong usage, where out is one of the files that are read: it would be lost.
void check_output(const std::string& out, std::initializer_list<std::string> inputs);

} // namespace nib::cli
