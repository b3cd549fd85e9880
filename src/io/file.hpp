// Whole files in and out, on POSIX systems.
#pragma once

#include "base/buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace nib {

// A file or a pipe that is read from its start on. Not mapped: a mapped file that someone cuts meanwhile ends the
// process. A device is refused, as it may have no end. Of a file that states its size, no more than that is read,
// though it may grow meanwhile; of what states none (pipes, files of /proc), no more than most_unstated. A pipe is
// waited for, also until someone opens it to write; a signal that the program handles ends that, so that a pipe that
// nobody writes to holds up nobody. Every error is NIB_ERR_IO and names path and what the system said.
class InputFile {
public:
    static constexpr std::size_t most_unstated = std::size_t{1} << 30;

    explicit InputFile(std::string path);
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;
    ~InputFile();

    // The file's size, as it was when it was opened; none where it states none.
    std::optional<std::uint64_t> size() const noexcept { return size_; }

    // How many bytes the file may have at most.
    std::uint64_t most() const noexcept { return size_.value_or(most_unstated); }

    // The next bytes; returns how many, fewer than asked for only at the file's end.
    std::size_t read(std::span<char> bytes);

    // As many of the next bytes as are there, at least one, which is waited for; 0: the end.
    std::size_t read_next(std::span<char> bytes);

    // Bytes of a file that states its size, from any place of it on; fewer than asked for at the file's end. What
    // read() reads next stays.
    std::size_t read_at(std::uint64_t at, std::span<char> bytes) const;

    // Whether there is no further byte. Takes one where the file states no size: then it is the last call.
    bool at_end();

    // start, which was read before, and the next bytes, count of them, or fewer at the file's end. Peak memory: those
    // bytes; up to three times as many where the file states no size, so that none is taken for what never comes.
    Buffer<char> read_on(std::span<const char> start, std::size_t count, Memory* memory);

    // Throws: there are more bytes than can be taken.
    [[noreturn]] void too_large() const;

private:
    void wait() const;
    std::size_t read_some(char* bytes, std::size_t most);

    std::string path_;
    int file_;
    bool pipe_ = false;
    std::optional<std::uint64_t> size_;
    std::uint64_t at_ = 0; // bytes that were read
};

// All bytes of a file, as InputFile reads them; "File too large" where they are more than limit. What has a mark at its
// start should rather look at that first.
Buffer<char> read_file(const std::string& path, std::size_t limit, Memory* memory);

// Replaces path by the parts, one after the other, durably: written to "<folder>/.nib-<process>-<number>.tmp", synced,
// renamed, the folder synced. Throws NIB_ERR_IO naming path and what the system said; path then holds the old file
// still (the new one if only the sync of the folder failed), and the temporary file is gone. A crash at any moment
// leaves the old file or the whole new one. A new file gets the process's usual mode, a replaced one keeps its own; a
// symbolic link stays, and the file it names is replaced. What is no regular file (a pipe, a device) is written to
// directly, and /dev/stdout, /dev/stderr and /dev/fd/N through the descriptor that they name, from where it stands.
// Where a file system lacks a sync or modes, the file is written without.
void write_file(const std::string& path, std::span<const std::span<const char>> parts);

} // namespace nib
