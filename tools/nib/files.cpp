#include "files.hpp"

#include "failure.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <unistd.h>

namespace nib::cli {
namespace {

namespace fs = std::filesystem;

fs::path end_of_links(fs::path path)
{
    constexpr int most_links = 40; // as Linux
    std::error_code error;
    for (int i = 0; i < most_links && fs::is_symlink(fs::symlink_status(path, error)); ++i)
        path = path.parent_path() / fs::read_symlink(path, error);
    return path;
}

// 0, or what the system said.
int write_to(const fs::path& path, const std::function<void(std::ostream&)>& write)
{
    errno = 0;
    std::ofstream file(path, std::ios::binary);
    if (file) write(file);
    file.close();
    if (file) return 0;
    return errno != 0 ? errno : EIO;
}

} // namespace

void cannot_write(const std::string& path, int error)
{
    throw Failure("cannot write " + path + ": " + std::strerror(error));
}

void replace_file(const std::string& path, const std::function<void(std::ostream&)>& write)
{
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (fs::exists(status) && !fs::is_regular_file(status)) {
        if (const int failed = write_to(path, write)) cannot_write(path, failed);
        return;
    }
    const fs::path target = end_of_links(path);
    const fs::path temporary = target.parent_path() / (".nib-" + std::to_string(getpid()) + "-0.tmp");
    if (const int failed = write_to(temporary, write)) {
        fs::remove(temporary, error);
        cannot_write(path, failed);
    }
    if (fs::exists(status)) fs::permissions(temporary, status.permissions(), error);
    fs::rename(temporary, target, error);
    if (!error) return;
    const int failed = error.value();
    fs::remove(temporary, error);
    cannot_write(path, failed);
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

} // namespace nib::cli
