// The files that a command reads and writes; one of each kind may be a standard stream. Each is read once, since a pipe
// can be read only once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace nib::cli {

// The name of standard input or standard output where a file is expected.
inline constexpr char standard_stream[] = "-";

// The text of --help about it.
inline constexpr char or_standard_input[] = "; -: standard input";
inline constexpr char or_standard_output[] = "; -: standard output";

struct Input {
    std::string name; // for messages: the path, or "standard input"
    std::string bytes;
};

// Throws Failure if a file that begins with these bytes, start_bytes of them or the whole file, is not worth reading.
using StartCheck = std::function<void(std::string_view start, const std::string& name)>;
inline constexpr std::size_t start_bytes = 16;

// Whether its size is known before it is read, and it can be opened twice: not a pipe, a device or standard input.
bool is_regular(const std::string& path);

// The first start_bytes of a regular file, or all of a shorter one. Throws Failure as read_input does.
std::string read_start(const std::string& path);

// Reads the whole file. Throws Failure naming path and the system's message: "File too large" for more than limit
// bytes, and for more than 1 GiB from a pipe, which may have no end. Also throws for a device, which may have none
// either; for wrong usage if standard input was read before; and whatever check throws. SIGINT and SIGTERM end the wait
// for a pipe.
Input read_input(const std::string& path, std::size_t limit, const StartCheck& check = nullptr);

// The place to which a command writes its file.
struct Output {
    explicit Output(const std::string& given);

    std::string path;
    bool is_standard; // standard output, by any name: messages go to stderr then
    const char* name() const noexcept { return is_standard ? "standard output" : path.c_str(); }
};

} // namespace nib::cli
