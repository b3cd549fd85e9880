#include "io/table_file.hpp"

#include "base/error.hpp"
#include "io/file.hpp"
#include "io/idx.hpp"
#include "io/npy.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace nib {

namespace {

constexpr std::size_t looked_at = 65536; // bytes

// Bytes that are read from a pipe to look at them would be lost.
bool is_file(const std::string& path)
{
    std::error_code error;
    return std::filesystem::is_regular_file(path, error);
}

TableFormat format_of(std::string_view start)
{
    using namespace std::string_view_literals;
    if (start.starts_with("\x93NUMPY"sv)) return TableFormat::npy;
    if (start.starts_with("PK\x03\x04"sv) || start.starts_with("PK\x05\x06"sv)) return TableFormat::npz;
    const bool is_idx = start.size() >= 4 && start.starts_with("\0\0"sv) && start[2] >= 0x08 && start[2] <= 0x0e &&
                        start[3] >= 1 && start[3] <= 8;
    if (is_idx || start.starts_with("\x1f\x8b"sv)) return TableFormat::idx;
    return TableFormat::csv;
}

} // namespace

TableFormat table_format(const std::string& path)
{
    if (!is_file(path)) return TableFormat::csv;
    char start[8];
    InputFile file(path);
    return format_of({start, file.read(start)});
}

RawTable read_table(const std::string& path, const TableFileOptions& options, Memory* memory)
{
    const TableFormat format = table_format(path);
    if (!options.labels.empty() && format != TableFormat::idx) {
        throw Error(NIB_ERR_INVALID_ARGUMENT, "%s: a file of labels (labels) goes with IDX alone", path.c_str());
    }
    switch (format) {
    case TableFormat::npy:
        return read_npy(path, memory);
    case TableFormat::npz:
        return read_npz(path, memory);
    case TableFormat::idx:
        return read_idx(path, options.labels, memory);
    case TableFormat::csv:
        break;
    }
    return read_csv(path, options.csv, memory);
}

bool looks_like_table(const std::string& path)
{
    if (!is_file(path)) return false;
    try {
        if (table_format(path) != TableFormat::csv) return true;
        InputFile file(path);
        std::string start(looked_at, '\0');
        start.resize(file.read(start));
        const bool is_whole = file.at_end();
        if (!is_whole) start.resize(start.rfind('\n') + 1);
        return looks_like_csv(start);
    } catch (const Error&) {
        return false;
    }
}

} // namespace nib
