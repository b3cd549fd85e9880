#include "streams.hpp"

#include "failure.hpp"
#include "files.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nib::cli {
namespace {

// An open file; standard input stays open after it. Opening does not wait, either for a pipe's writer or for a device,
// and does not make a terminal the controlling one.
class Source {
public:
    Source(const std::string& path, const std::string& name) : is_standard_(path == standard_stream)
    {
        file_ = is_standard_ ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (file_ < 0 || fstat(file_, &about_) != 0) cannot_read(name, errno);
        const bool is_device = S_ISCHR(about_.st_mode) || S_ISBLK(about_.st_mode);
        if (is_device && !(is_standard_ && isatty(file_) != 0)) // it may have no end
            throw Failure("cannot read '" + name + "': a device, expected a file or a pipe");
    }
    ~Source()
    {
        if (!is_standard_ && file_ >= 0) close(file_);
    }
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    // The size that the file states; 0: none. Files in /proc state 0; standard input may have been read in part.
    std::size_t size() const noexcept
    {
        return S_ISREG(about_.st_mode) && !is_standard_ ? static_cast<std::size_t>(about_.st_size) : 0;
    }

    // Reads the next bytes, at most `most`; 0: the end. A signal that is handled ends the wait for a pipe.
    std::size_t read_some(char* bytes, std::size_t most, const std::string& name) const
    {
        for (;;) {
            pollfd pipe = {file_, POLLIN, 0};
            const bool may_wait = S_ISFIFO(about_.st_mode) || S_ISSOCK(about_.st_mode);
            if (may_wait && poll(&pipe, 1, -1) < 0) cannot_read(name, errno);
            const ssize_t got = read(file_, bytes, most);
            if (got >= 0) return static_cast<std::size_t>(got);
            if (errno != EINTR && errno != EAGAIN) cannot_read(name, errno);
        }
    }

private:
    bool is_standard_;
    int file_;
    struct stat about_ = {};
};

// Claims standard input, which holds only one file.
void read_once()
{
    static bool was_read = false;
    if (was_read) throw Failure("standard input holds one file: '-' is given twice", exit_usage);
    was_read = true;
}

// Whether the path is the file that standard output is connected to.
bool is_standard_output(const std::string& path)
{
    struct stat file = {}, standard = {};
    return stat(path.c_str(), &file) == 0 && fstat(STDOUT_FILENO, &standard) == 0 && file.st_dev == standard.st_dev &&
           file.st_ino == standard.st_ino;
}

} // namespace

bool is_regular(const std::string& path)
{
    struct stat about = {};
    return path != standard_stream && stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode);
}

std::string read_start(const std::string& path)
{
    const Source source(path, path);
    std::string start(start_bytes, '\0');
    start.resize(source.read_some(start.data(), start.size(), path));
    return start;
}

Input read_input(const std::string& path, std::size_t limit, const StartCheck& check)
{
    constexpr std::size_t most_unstated = std::size_t{1} << 30; // for sources that may have no end
    constexpr std::size_t first = 65536;
    const bool is_standard = path == standard_stream;
    Input input{is_standard ? "standard input" : path, {}};
    if (is_standard) read_once();
    const Source source(path, input.name);
    const std::size_t most = std::min(limit, source.size() > 0 ? source.size() : most_unstated);
    if (source.size() > limit) cannot_read(input.name, EFBIG);
    std::string& bytes = input.bytes;
    std::size_t used = 0;
    bool checked = check == nullptr;
    for (;;) {
        if (!checked && used >= start_bytes) {
            check({bytes.data(), used}, input.name);
            checked = true;
        }
        // One more byte shows that the source is longer; not needed for a file that states its size, which may grow
        // meanwhile.
        const std::size_t room = source.size() > 0 ? most : most + 1;
        if (used == bytes.size())
            bytes.resize(std::min(room, !checked ? first : std::max({first, 2 * used, source.size()})));
        if (used == bytes.size()) break;
        const std::size_t got = source.read_some(bytes.data() + used, bytes.size() - used, input.name);
        if (got == 0) break;
        used += got;
        if (used > most) cannot_read(input.name, EFBIG);
    }
    bytes.resize(used);
    if (!checked) check(bytes, input.name);
    return input;
}

Output::Output(const std::string& given)
    : path(given == standard_stream ? "/dev/stdout" : given), is_standard(is_standard_output(path))
{
}

} // namespace nib::cli
