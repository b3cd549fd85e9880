// The files that a command reads and writes, of which one of each kind may be a standard stream. Each is read once,
// since a pipe can be read once only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace nib::cli {

// What names standard input or standard output where a file is expected.
inline constexpr char standard_stream[] = "-";

// What --help says of it.
inline constexpr char or_standard_input[] = "; -: standard input";
inline constexpr char or_standard_output[] = "; -: standard output";

struct Input {
    std::string name; // for messages: the path, or "standard input"
    std::string bytes;
};

// The whole file. Throws Failure naming path and what the system said: "File too large" for more than limit bytes; as
// of wrong usage where standard input was read before.
Input read_input(const std::string& path, std::size_t limit = SIZE_MAX);

// What a command writes its file to.
struct Output {
    explicit Output(const std::string& given);

    std::string path;
    bool is_standard; // standard output, by whatever name: what else is said goes to stderr
    const char* name() const noexcept { return is_standard ? "standard output" : path.c_str(); }
};

} // namespace nib::cli
