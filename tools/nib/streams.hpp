// The files that a command reads and writes, of which one of each kind may be a standard stream. Each is read once,
// since a pipe can be read once only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace nib::cli {

// The name of standard input or standard output where a file is expected.
inline constexpr char standard_stream[] = "-";

// The words of --help about it.
inline constexpr char or_standard_input[] = "; -: standard input";
inline constexpr char or_standard_output[] = "; -: standard output";

struct Input {
    std::string name; // for messages: the path, or "standard input"
    std::string bytes;
};

// Throws Failure where a file that begins with these bytes, at least start_bytes of them or all, is not worth reading.
using StartCheck = std::function<void(std::string_view start, const std::string& name)>;
inline constexpr std::size_t start_bytes = 16;

// Whether its size is known before it is read, and it can be opened twice: no pipe, no device, not standard input.
bool is_regular(const std::string& path);

// The first start_bytes of a regular file, or all of fewer. Throws Failure as read_input does.
std::string read_start(const std::string& path);

// The whole file. Throws Failure naming path and what the system said: "File too large" for more than limit bytes, and
// for more than 1 GiB from a pipe, which may have no end; also for a device, which may have none either; as of wrong
// usage where standard input was read before; what check throws. SIGINT and SIGTERM end the wait for a pipe.
Input read_input(const std::string& path, std::size_t limit, const StartCheck& check = nullptr);

// The place that a command writes its file to.
struct Output {
    explicit Output(const std::string& given);

    std::string path;
    bool is_standard; // standard output, by whatever name: what else is said goes to stderr
    const char* name() const noexcept { return is_standard ? "standard output" : path.c_str(); }
};

} // namespace nib::cli
