#include "io/file.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nib {

namespace {

// Repeats a system call that a signal interrupted.
template <class Call>
auto retry(Call call)
{
    auto result = call();
    while (result < 0 && errno == EINTR) result = call();
    return result;
}

class Descriptor {
public:
    explicit Descriptor(int number) noexcept : number_(number) {}
    ~Descriptor()
    {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int number() const noexcept { return number_; }
    bool valid() const noexcept { return number_ >= 0; }

    // Returns false if a write was refused late (quota, network file systems). EINTR is no such refusal: the descriptor
    // is closed then too (Linux).
    bool close() noexcept
    {
        const int number = std::exchange(number_, -1);
        return ::close(number) == 0 || errno == EINTR;
    }

private:
    int number_;
};

// A file system that lacks an operation (network and FUSE mounts) has not failed at it.
bool not_supported(int error) noexcept { return error == ENOTSUP || error == EOPNOTSUPP || error == ENOSYS; }

// Syncs to the disk, as far as the file system does. EINVAL: it cannot sync a file, or a folder.
bool sync(int file) noexcept
{
    return retry([&] { return ::fsync(file); }) == 0 || errno == EINVAL || not_supported(errno);
}

// EPERM: all files of that file system have the mode that the mount gives them.
bool set_mode(int file, mode_t mode) noexcept
{
    return ::fchmod(file, mode) == 0 || errno == EPERM || not_supported(errno);
}

[[noreturn]] void fail(const char* verb, const std::string& path)
{
    throw Error(NIB_ERR_IO, "cannot %s '%s': %s", verb, path.c_str(), std::strerror(errno));
}

Buffer<char> resized(const Buffer<char>& bytes, std::size_t used, std::size_t size, Memory* memory)
{
    Buffer<char> result(size, memory);
    std::copy_n(bytes.begin(), used, result.begin());
    return result;
}

bool write_all(int file, std::span<const std::span<const char>> parts)
{
    for (std::span<const char> left : parts) {
        while (!left.empty()) {
            const ssize_t written = retry([&] { return ::write(file, left.data(), left.size()); });
            if (written < 0) return false;
            left = left.subspan(static_cast<std::size_t>(written));
        }
    }
    return true;
}

// The path that remains when all links are followed; the file need not exist yet.
std::string end_of_links(std::filesystem::path path)
{
    constexpr int most_links = 40; // as Linux
    std::error_code error;
    for (int i = 0; i < most_links && std::filesystem::is_symlink(std::filesystem::symlink_status(path, error)); ++i)
        path = path.parent_path() / std::filesystem::read_symlink(path, error);
    return path;
}

// That path, as folder (with its slash) and name.
struct Place {
    explicit Place(const std::string& path)
    {
        const std::string whole = end_of_links(path);
        const std::size_t name_start = whole.rfind('/') + 1;
        folder = name_start == 0 ? "./" : whole.substr(0, name_start);
        name = whole.substr(name_start);
    }
    std::string folder, name;
};

// A new file in a folder. The destructor removes it unless it was renamed.
class TemporaryFile {
public:
    explicit TemporaryFile(int folder) : folder_(folder), file_(create()), exists_(file_.valid()) {}
    ~TemporaryFile()
    {
        if (exists_) ::unlinkat(folder_, name_.c_str(), 0);
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    bool exists() const noexcept { return exists_; }
    int number() const noexcept { return file_.number(); }
    bool close_and_rename(const std::string& name) noexcept
    {
        if (!file_.close() || ::renameat(folder_, name_.c_str(), folder_, name.c_str()) != 0) return false;
        exists_ = false;
        return true;
    }

private:
    // A name that is taken belongs to another thread, or to a crashed process that had our process number.
    int create()
    {
        for (int i = 0;; ++i) {
            name_ = ".nib-" + std::to_string(::getpid()) + "-" + std::to_string(i) + ".tmp";
            const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
            const int file = retry([&] { return ::openat(folder_, name_.c_str(), flags, 0666); });
            if (file >= 0 || errno != EEXIST) return file;
        }
    }

    int folder_;
    std::string name_;
    Descriptor file_;
    bool exists_;
};

// Blocks SIGPIPE for this thread while an object lives. Writing to a pipe that nobody reads any more then fails, and
// does not end a process that did not ask to ignore the signal.
class NoPipeSignal {
public:
    NoPipeSignal() noexcept
    {
        sigemptyset(&signal_);
        sigaddset(&signal_, SIGPIPE);
        was_pending_ = is_pending();
        pthread_sigmask(SIG_BLOCK, &signal_, &before_);
    }
    ~NoPipeSignal()
    {
        int number = 0;
        if (!was_pending_ && is_pending()) sigwait(&signal_, &number);
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    NoPipeSignal(const NoPipeSignal&) = delete;
    NoPipeSignal& operator=(const NoPipeSignal&) = delete;

private:
    static bool is_pending() noexcept
    {
        sigset_t pending;
        return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
    }

    sigset_t signal_, before_;
    bool was_pending_;
};

// The descriptor that "/dev/stdout" or "/dev/fd/7" names; -1 for any other path. If it were opened by that name, a file
// that others write to as well would be written from its beginning, and a socket could not be opened.
int descriptor_of(const std::string& path) noexcept
{
    if (path == "/dev/stdout") return STDOUT_FILENO;
    if (path == "/dev/stderr") return STDERR_FILENO;
    constexpr std::string_view folder = "/dev/fd/";
    if (!path.starts_with(folder)) return -1;
    int number = -1;
    const char* const end = path.data() + path.size();
    const auto [rest, error] = std::from_chars(path.data() + folder.size(), end, number);
    return error == std::errc() && rest == end ? number : -1;
}

int open_to_write(const std::string& path)
{
    const int given = descriptor_of(path);
    if (given >= 0) return ::fcntl(given, F_DUPFD_CLOEXEC, 0);
    return retry([&] { return ::open(path.c_str(), O_WRONLY | O_CLOEXEC); });
}

void write_directly(const std::string& path, std::span<const std::span<const char>> parts)
{
    int error = 0;
    {
        const NoPipeSignal no_signal;
        Descriptor file(open_to_write(path));
        if (!file.valid() || !write_all(file.number(), parts) || !file.close()) error = errno;
    }
    if (error == 0) return;
    errno = error;
    fail("write", path);
}

} // namespace

// Opens without waiting, either for a pipe's writer or for a device, and does not make a terminal the controlling one.
InputFile::InputFile(std::string path)
    : path_(std::move(path)),
      file_(retry([&] { return ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); }))
{
    struct stat about = {};
    if (file_ < 0) fail("read", path_);
    try {
        if (::fstat(file_, &about) != 0) fail("read", path_);
        if (S_ISCHR(about.st_mode) || S_ISBLK(about.st_mode))
            throw Error(NIB_ERR_IO, "cannot read '%s': a device, expected a file or a pipe", path_.c_str());
    } catch (...) {
        ::close(file_);
        throw;
    }
    pipe_ = S_ISFIFO(about.st_mode);
    // A file of /proc states the size 0.
    if (S_ISREG(about.st_mode) && about.st_size > 0) size_ = static_cast<std::uint64_t>(about.st_size);
}

InputFile::~InputFile() { ::close(file_); }

void InputFile::too_large() const
{
    errno = EFBIG;
    fail("read", path_);
}

// Waits until a pipe has bytes, or has lost its last writer. A signal always interrupts poll(), whatever its handler's
// flags; open() and read() could be restarted.
void InputFile::wait() const
{
    pollfd pipe = {file_, POLLIN, 0};
    if (::poll(&pipe, 1, -1) < 0) fail("read", path_);
}

// Returns 0 at the end.
std::size_t InputFile::read_some(char* bytes, std::size_t most)
{
    for (;;) {
        if (pipe_) wait();
        const ssize_t got = retry([&] { return ::read(file_, bytes, most); });
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EAGAIN) fail("read", path_); // on EAGAIN another reader was faster
    }
}

std::size_t InputFile::read(std::span<char> bytes)
{
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), most() - at_));
    std::size_t count = 0;
    while (count < wanted) {
        const std::size_t got = read_some(bytes.data() + count, wanted - count);
        if (got == 0) break;
        count += got;
    }
    at_ += count;
    return count;
}

std::size_t InputFile::read_next(std::span<char> bytes)
{
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), most() - at_));
    const std::size_t got = wanted > 0 ? read_some(bytes.data(), wanted) : 0;
    at_ += got;
    return got;
}

std::size_t InputFile::read_at(std::uint64_t at, std::span<char> bytes) const
{
    const std::uint64_t end = size_.value_or(0);
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), end - std::min(at, end)));
    std::size_t count = 0;
    while (count < wanted) {
        const auto place = static_cast<off_t>(at + count);
        const ssize_t got = retry([&] { return ::pread(file_, bytes.data() + count, wanted - count, place); });
        if (got < 0) fail("read", path_);
        if (got == 0) break;
        count += static_cast<std::size_t>(got);
    }
    return count;
}

bool InputFile::at_end()
{
    char next = 0;
    return size_ ? at_ == *size_ : read_some(&next, 1) == 0;
}

Buffer<char> InputFile::read_on(std::span<const char> start, std::size_t count, Memory* memory)
{
    constexpr std::size_t smallest = 65536;
    const std::size_t all = start.size() + static_cast<std::size_t>(std::min<std::uint64_t>(count, most() - at_));
    Buffer<char> bytes(size_ ? all : std::min(all, start.size() + smallest), memory);
    std::copy(start.begin(), start.end(), bytes.begin());
    std::size_t used = start.size() + read(bytes.span().subspan(start.size()));
    while (used == bytes.size() && used < all) {
        bytes = resized(bytes, used, std::min(2 * used, all), memory);
        used += read(bytes.span().subspan(used));
    }
    return used == bytes.size() ? std::move(bytes) : resized(bytes, used, used, memory);
}

Buffer<char> read_file(const std::string& path, std::size_t limit, Memory* memory)
{
    InputFile file(path);
    if (file.size().value_or(0) > limit) file.too_large();
    Buffer<char> bytes = file.read_on({}, limit, memory);
    if (!file.at_end()) file.too_large();
    return bytes;
}

void write_file(const std::string& path, std::span<const std::span<const char>> parts)
{
    if (descriptor_of(path) >= 0) {
        write_directly(path, parts);
        return;
    }
    struct stat old = {};
    const bool replaces = ::stat(path.c_str(), &old) == 0;
    if (!replaces && errno == ELOOP) fail("write", path);
    if (replaces && !S_ISREG(old.st_mode)) {
        write_directly(path, parts);
        return;
    }
    const Place place(path);
    const int folder_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    const Descriptor folder(retry([&] { return ::open(place.folder.c_str(), folder_flags); }));
    if (!folder.valid()) fail("write", path);
    TemporaryFile file(folder.number());
    const bool written = file.exists() && (!replaces || set_mode(file.number(), old.st_mode & 0777)) &&
                         write_all(file.number(), parts) && sync(file.number()) && file.close_and_rename(place.name);
    if (!written) fail("write", path);
    if (!sync(folder.number())) fail("sync the folder of", path);
}

} // namespace nib
