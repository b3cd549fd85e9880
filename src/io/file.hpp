// Whole files in and out, on POSIX systems.
#pragma once

#include "base/buffer.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace nib {

// All bytes of a file, pipe or device. Read and not mapped: a mapped file that someone cuts meanwhile ends the process.
// Throws NIB_ERR_IO naming path and what the system said, "File too large" for more than limit bytes. Peak memory: the
// file's size; up to four times that where the system does not tell it beforehand (pipes).
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
