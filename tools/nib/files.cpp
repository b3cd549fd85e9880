#include "files.hpp"

#include "failure.hpp"
#include "streams.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace nib::cli {

namespace fs = std::filesystem;

void cannot_read(const std::string& name, int error)
{
    throw Failure("cannot read '" + name + "': " + std::strerror(error));
}

void cannot_write(const std::string& path, int error)
{
    throw Failure("cannot write " + path + ": " + std::strerror(error));
}

void check_exists(const std::string& path)
{
    std::error_code error;
    if (path != standard_stream && !fs::exists(path, error)) cannot_read(path, error ? error.value() : ENOENT);
}

void check_output(const std::string& out, std::initializer_list<std::string> inputs)
{
    std::error_code error;
    if (!fs::is_regular_file(out, error)) return;
    for (const std::string& input : inputs) {
        if (fs::equivalent(out, input, error))
            throw Failure(out + " is read by this command: expected another file to write", exit_usage);
    }
}

void check_own_file(const std::string& path)
{
    std::error_code error;
    const fs::file_status status = fs::symlink_status(path, error);
    if (fs::is_symlink(status))
        throw Failure("cannot write " + path + ": it is a symbolic link, and none is followed in a run's folder");
    if (fs::exists(status) && !fs::is_regular_file(status))
        throw Failure("cannot write " + path + ": it is no regular file");
}

} // namespace nib::cli
