// Reads and writes whole files, on POSIX systems.
#pragma once

#include "base/buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace nib {

// A file or a pipe, read from its start on. It is not mapped: if someone truncates a mapped file, the process ends. A
// device is refused, as it may have no end. A file that states its size is read up to that size, even if it grows
// meanwhile; one that states none (pipes, files of /proc) is read up to most_unstated. Reading waits for a pipe, also
// until someone opens it to write. A signal that the program handles ends that wait, so that a pipe that nobody writes
// to cannot block the program for ever. Every error is NIB_ERR_IO and names the path and the system's message.
class InputFile {
public:
    static constexpr std::size_t most_unstated = std::size_t{1} << 30;

    explicit InputFile(std::string path);
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;
    ~InputFile();

    // The file's size when it was opened; none if it states none.
    std::optional<std::uint64_t> size() const noexcept { return size_; }

    // The most bytes that are read from the file.
    std::uint64_t most() const noexcept { return size_.value_or(most_unstated); }

    // Reads the next bytes; returns how many, fewer than requested only at the file's end.
    std::size_t read(std::span<char> bytes);

    // Reads the next bytes that are available, at least one, for which it waits; 0: the end.
    std::size_t read_next(std::span<char> bytes);

    // Reads bytes at any place of a file that states its size; fewer than requested at the file's end. The position of
    // read() stays.
    std::size_t read_at(std::uint64_t at, std::span<char> bytes) const;

    // Whether no further byte follows. Consumes one if the file states no size, and is then the last call.
    bool at_end();

    // Returns start, which was read before, followed by the next count bytes, or fewer at the file's end. Peak memory:
    // those bytes; up to three times as many if the file states no size, because memory then grows with the bytes that
    // arrive.
    Buffer<char> read_on(std::span<const char> start, std::size_t count, Memory* memory);

    // Throws: there are more bytes than may be read.
    [[noreturn]] void too_large() const;

private:
    void wait() const;
    std::size_t read_some(char* bytes, std::size_t most);

    std::string path_;
    int file_;
    bool pipe_ = false;
    std::optional<std::uint64_t> size_;
    std::uint64_t at_ = 0; // bytes read so far
};

// Reads all bytes of a file, as InputFile does; the error is "File too large" if there are more than limit. Check a
// format's mark first if it has one at its start.
Buffer<char> read_file(const std::string& path, std::size_t limit, Memory* memory);

// Replaces path by the parts, one after the other, durably: they are written to "<folder>/.nib-<process>-<number>.tmp",
// which is synced and renamed, and the folder is synced. Throws NIB_ERR_IO naming path and the system's message; path
// then still holds the old file (the new one if only the sync of the folder failed), and the temporary file is gone. A
// crash at any moment leaves the old file or the whole new one. A new file gets the process's usual mode, a replaced
// one keeps its own; a symbolic link stays, and the file that it names is replaced. Anything but a regular file (a
// pipe, a device) is written to directly; /dev/stdout, /dev/stderr and /dev/fd/N are written through the descriptor
// that they name, from its current position. If a file system has no sync or no modes, the file is written without
// them.
void write_file(const std::string& path, std::span<const std::span<const char>> parts);

} // namespace nib
