#include "streams.hpp"

#include "failure.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nib::cli {
namespace {

[[noreturn]] void cannot_read(const std::string& name, int error)
{
    throw Failure("cannot read '" + name + "': " + std::strerror(error));
}

// An open file; standard input stays open behind it.
class Source {
public:
    explicit Source(const std::string& path) : is_standard_(path == standard_stream)
    {
        file_ = is_standard_ ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
    }
    ~Source()
    {
        if (!is_standard_ && file_ >= 0) close(file_);
    }
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    int number() const noexcept { return file_; }

private:
    bool is_standard_;
    int file_;
};

// Claims standard input, which holds one file.
void read_once()
{
    static bool was_read = false;
    if (was_read) throw Failure("standard input holds one file: '-' is given twice", exit_usage);
    was_read = true;
}

// Whether it is what standard output is connected to.
bool is_standard_output(const std::string& path)
{
    struct stat file = {}, standard = {};
    return stat(path.c_str(), &file) == 0 && fstat(STDOUT_FILENO, &standard) == 0 && file.st_dev == standard.st_dev &&
           file.st_ino == standard.st_ino;
}

// The size is a guess: a pipe has none, and a file may grow while it is read.
std::size_t size_told(int file)
{
    struct stat about = {};
    return fstat(file, &about) == 0 && about.st_size > 0 ? static_cast<std::size_t>(about.st_size) : 0;
}

} // namespace

Input read_input(const std::string& path, std::size_t limit)
{
    const bool is_standard = path == standard_stream;
    Input input{is_standard ? "standard input" : path, {}};
    if (is_standard) read_once();
    const Source source(path);
    if (source.number() < 0) cannot_read(input.name, errno);
    constexpr std::size_t least = 65536;
    std::size_t used = 0, wanted = std::max(size_told(source.number()) + 1, least); // the byte that would be too many
    for (;;) {
        input.bytes.resize(std::max(input.bytes.size(), wanted));
        const ssize_t got = read(source.number(), input.bytes.data() + used, input.bytes.size() - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) cannot_read(input.name, errno);
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
        if (used > limit) cannot_read(input.name, EFBIG);
        if (used == input.bytes.size()) wanted = 2 * used;
    }
    input.bytes.resize(used);
    return input;
}

Output::Output(const std::string& given)
    : path(given == standard_stream ? "/dev/stdout" : given), is_standard(is_standard_output(path))
{
}

} // namespace nib::cli
