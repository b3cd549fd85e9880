#include "io/file.hpp"

#include "catch.hpp"
#include "error_of.hpp"
#include "folder.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using nib::test::error_of;
using nib::test::Folder;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t no_limit = SIZE_MAX;

std::string read(const std::string& path, std::size_t limit = no_limit)
{
    const nib::Buffer<char> bytes = nib::read_file(path, limit, std::pmr::new_delete_resource());
    return {bytes.data(), bytes.size()};
}

void write(const std::string& path, std::string_view bytes)
{
    const std::span<const char> part(bytes.data(), bytes.size());
    nib::write_file(path, {&part, 1});
}

std::string pattern(std::size_t size)
{
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
    return bytes;
}

unsigned mode(const std::string& path)
{
    struct stat about = {};
    REQUIRE(::stat(path.c_str(), &about) == 0);
    return about.st_mode & 0777;
}

} // namespace

TEST_CASE("a file is read as it was written")
{
    const Folder folder;
    for (const std::size_t size : {0u, 1u, 4095u, 4096u, 65536u, 65537u, 3000000u}) {
        const std::string bytes = pattern(size);
        write(folder / "file", bytes);
        CHECK(read(folder / "file") == bytes);
        CHECK(folder.count() == 1);
    }
}

TEST_CASE("parts are written one after the other")
{
    const Folder folder;
    const std::string_view a = "one", b = "", c = "two";
    const std::span<const char> parts[] = {a, b, c};
    nib::write_file(folder / "file", parts);
    CHECK(read(folder / "file") == "onetwo");
    nib::write_file(folder / "file", {});
    CHECK(read(folder / "file").empty());
}

TEST_CASE("a pipe is read to its end, whatever its size")
{
    const Folder folder;
    const std::string path = folder / "pipe";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    for (const std::size_t size : {0u, 1u, 65536u, 65537u, 1000000u}) {
        const std::string bytes = pattern(size);
        std::thread writer([&] { write(path, bytes); }); // not replaced, but written to
        CHECK(read(path) == bytes);
        writer.join();
    }
    CHECK(fs::is_fifo(path));
}

TEST_CASE("of a pipe, what is there is read without waiting for more")
{
    const Folder folder;
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    const int writer = ::open((folder / "pipe").c_str(), O_RDWR);
    REQUIRE(writer >= 0);
    nib::InputFile pipe(folder / "pipe");
    char bytes[8] = {};
    REQUIRE(::write(writer, "ab", 2) == 2);
    CHECK(pipe.read_next(bytes) == 2);
    REQUIRE(::write(writer, "c", 1) == 1);
    CHECK(pipe.read_next(bytes) == 1);
    CHECK(bytes[0] == 'c');
    ::close(writer);
    CHECK(pipe.read_next(bytes) == 0);
}

TEST_CASE("a file is read from any place of it, and then goes on where it was")
{
    const Folder folder;
    write(folder / "file", "abcdef");
    nib::InputFile file(folder / "file");
    char bytes[4] = {};
    CHECK(file.read({bytes, 2}) == 2);
    CHECK(file.read_at(3, bytes) == 3);
    CHECK(std::string(bytes, 3) == "def");
    CHECK(file.read_at(6, bytes) == 0);
    CHECK(file.read_at(UINT64_MAX, bytes) == 0);
    CHECK(file.read_next(bytes) == 4);
    CHECK(std::string(bytes, 4) == "cdef");
    CHECK(file.read_next(bytes) == 0);
}

TEST_CASE("a file that states no size is read whole") { CHECK(read("/proc/self/status").starts_with("Name:")); }

TEST_CASE("a file over the limit is refused, one at the limit is not")
{
    const Folder folder;
    for (const std::size_t size : {1000u, 70000u}) {
        write(folder / "file", pattern(size));
        CHECK(read(folder / "file", size).size() == size);
        CHECK(error_of(NIB_ERR_IO, [&] { read(folder / "file", size - 1); }).ends_with("': File too large"));
    }
}

TEST_CASE("a device is refused by its name, also behind a link")
{
    const Folder folder;
    fs::create_symlink("/dev/zero", folder / "link");
    CHECK(error_of(NIB_ERR_IO, [] { read("/dev/zero", 1000000); }) ==
          "cannot read '/dev/zero': a device, expected a file or a pipe");
    CHECK(error_of(NIB_ERR_IO, [&] { read(folder / "link"); }) ==
          "cannot read '" + folder / "link" + "': a device, expected a file or a pipe");
}

TEST_CASE("a pipe over the limit is refused, one at the limit is not")
{
    const Folder folder;
    const std::string path = folder / "pipe", bytes = pattern(70000);
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    std::thread first([&] { write(path, bytes); });
    CHECK(read(path, bytes.size()) == bytes);
    first.join();
    std::thread second([&] {
        try {
            write(path, pattern(1000000));
        } catch (const nib::Error&) { // the reader has gone
        }
    });
    CHECK(error_of(NIB_ERR_IO, [&] { read(path, 69999); }) == "cannot read '" + path + "': File too large");
    second.join();
}

TEST_CASE("one signal ends the wait for a pipe that nobody writes to, whatever its handler was set up with")
{
    const Folder folder;
    const std::string path = folder / "pipe";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    for (const int flags : {0, SA_RESTART}) {
        struct sigaction action = {}, before = {};
        action.sa_handler = [](int) {};
        action.sa_flags = flags;
        REQUIRE(::sigaction(SIGTERM, &action, &before) == 0);
        std::string message;
        std::atomic<bool> ended = false;
        std::thread reader([&] {
            try {
                read(path);
            } catch (const nib::Error& error) {
                message = error.what();
            }
            ended = true;
        });
        // Sends the signal repeatedly, since the first may come before the reader waits. Ten seconds at most.
        for (int i = 0; i < 1000 && !ended; ++i) {
            ::pthread_kill(reader.native_handle(), SIGTERM);
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        CHECK(ended);
        if (!ended) write(path, ""); // lets it end
        reader.join();
        CHECK(message == "cannot read '" + path + "': Interrupted system call");
        REQUIRE(::sigaction(SIGTERM, &before, nullptr) == 0);
    }
}

TEST_CASE("of a file that grows, no more is read than it had")
{
    const Folder folder;
    write(folder / "file", "four");
    nib::InputFile file(folder / "file");
    std::ofstream(folder / "file", std::ios::app) << " and more";
    CHECK(file.size() == 4u);
    char bytes[16];
    CHECK(file.read(bytes) == 4);
    CHECK(file.at_end());
}

TEST_CASE("what cannot be read is named with the system's reason")
{
    CHECK(error_of(NIB_ERR_IO, [] { read("/no/such/file"); }) ==
          "cannot read '/no/such/file': No such file or directory");
    CHECK(error_of(NIB_ERR_IO, [] { read("/"); }) == "cannot read '/': Is a directory");
    CHECK(error_of(NIB_ERR_IO, [] { read(""); }) == "cannot read '': No such file or directory");
}

TEST_CASE("what cannot be written is named with the system's reason, and nothing is left")
{
    const Folder folder;
    CHECK(error_of(NIB_ERR_IO, [] { write("/no/such/file", "x"); }) ==
          "cannot write '/no/such/file': No such file or directory");
    CHECK(error_of(NIB_ERR_IO, [] { write("", "x"); }) == "cannot write '': No such file or directory");
    CHECK(error_of(NIB_ERR_IO, [&] { write(folder / "", "x"); }).ends_with("/': Is a directory"));
    CHECK(error_of(NIB_ERR_IO, [&] { write(folder / std::string(300, 'x'), "x"); }).ends_with("': File name too long"));
    CHECK(error_of(NIB_ERR_IO, [] { write("/dev/full", "x"); }) == "cannot write '/dev/full': No space left on device");
    CHECK(folder.count() == 0);
}

TEST_CASE("a write that fails half-way leaves the old file")
{
    const Folder folder;
    write(folder / "file", "old");
    rlimit before = {};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const rlimit small = {4096, before.rlim_max};
    std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const std::string message = error_of(NIB_ERR_IO, [&] { write(folder / "file", pattern(10000)); });
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    std::signal(SIGXFSZ, SIG_DFL);

    CHECK(message == "cannot write '" + folder / "file" + "': File too large");
    CHECK(read(folder / "file") == "old");
    CHECK(folder.count() == 1);
}

TEST_CASE("a new file has the usual mode, a replaced one its own")
{
    const Folder folder;
    const mode_t mask = ::umask(027);
    write(folder / "file", "new");
    ::umask(mask);
    CHECK(mode(folder / "file") == 0640);
    REQUIRE(::chmod((folder / "file").c_str(), 0604) == 0);
    write(folder / "file", "newer");
    CHECK(mode(folder / "file") == 0604);
}

TEST_CASE("a symbolic link stays, and what it names is replaced")
{
    const Folder folder;
    fs::create_directory(folder / "elsewhere");
    write(folder / "elsewhere/file", "old");
    fs::create_symlink("elsewhere/file", folder / "link");
    write(folder / "link", "new");
    CHECK(fs::is_symlink(folder / "link"));
    CHECK(read(folder / "elsewhere/file") == "new");

    fs::create_symlink("elsewhere/later", folder / "early");
    write(folder / "early", "there now");
    CHECK(fs::is_symlink(folder / "early"));
    CHECK(read(folder / "elsewhere/later") == "there now");

    fs::create_symlink("circle", folder / "circle");
    error_of(NIB_ERR_IO, [&] { write(folder / "circle", "lost"); });
    CHECK(fs::is_symlink(folder / "circle"));
}

TEST_CASE("writing to a pipe that nobody reads any more is an error, not the end of the process")
{
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    ::close(ends[0]);
    const auto before = std::signal(SIGPIPE, SIG_DFL);
    const std::string message = error_of(NIB_ERR_IO, [&] { write("/dev/fd/" + std::to_string(ends[1]), "lost"); });
    CHECK(message.find("Broken pipe") != std::string::npos);
    sigset_t blocked;
    REQUIRE(pthread_sigmask(SIG_BLOCK, nullptr, &blocked) == 0);
    CHECK(sigismember(&blocked, SIGPIPE) == 0);
    std::signal(SIGPIPE, before);
    ::close(ends[1]);
}

TEST_CASE("a descriptor that is named is written to from where it stands, and the file behind it stays")
{
    const Folder folder;
    const std::string path = folder / "file";
    write(path, "before\n");
    const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    REQUIRE(file >= 0);
    write("/dev/fd/" + std::to_string(file), "after\n");
    CHECK(::write(file, "last\n", 5) == 5); // it is open still
    ::close(file);
    CHECK(read(path) == "before\nafter\nlast\n");
    CHECK(
        error_of(NIB_ERR_IO, [&] { write("/dev/fd/" + std::to_string(file), "x"); }).ends_with("Bad file descriptor"));
}

TEST_CASE("a reader sees the old file or the new one, nothing between")
{
    const Folder folder;
    const std::string path = folder / "file", old = pattern(200000), fresh(300000, 'n');
    write(path, old);
    std::thread writer([&] {
        for (int i = 0; i < 50; ++i) write(path, i % 2 == 0 ? fresh : old);
    });
    int torn = 0;
    for (int i = 0; i < 200; ++i) {
        const std::string seen = read(path);
        torn += seen != old && seen != fresh;
    }
    writer.join();
    CHECK(torn == 0);
}

TEST_CASE("a plain name is a file in the working folder")
{
    const Folder folder;
    const fs::path before = fs::current_path();
    fs::current_path(folder / "");
    write("file", "here");
    CHECK(read("file") == "here");
    fs::current_path(before);
    CHECK(read(folder / "file") == "here");
}
