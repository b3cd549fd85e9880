#include "metrics_reader.hpp"

#include "failure.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace nib::cli {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

// How deep arrays and objects are nested in each other. What is not JSON has some depth, too.
int depth_of(std::string_view json)
{
    int depth = 0, deepest = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (c == '"') in_string = !in_string;
        if (c == '\\' && in_string) ++i; // what follows ends no string
        if (in_string) continue;
        if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
        if (c == ']' || c == '}') --depth;
    }
    return deepest;
}

// A pipe could be read only once, and a device may have no end.
const std::string& checked(const std::string& path)
{
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (fs::is_regular_file(status)) return path;
    if (fs::exists(status)) throw Failure(path + " is no regular file: expected a folder that nib train wrote");
    throw Failure("cannot read " + path + ": " + error.message() + ": expected a folder that nib train wrote");
}

} // namespace

std::string metrics_path(const std::string& folder) { return (fs::path(folder) / "metrics.jsonl").string(); }

Json parse_record(std::string_view line)
{
    if (depth_of(line) > most_depth) return Json(Json::value_t::discarded);
    return Json::parse(line.begin(), line.end(), nullptr, false);
}

MetricsReader::MetricsReader(const std::string& path) : lines_(checked(path), most_line_bytes) {}

bool MetricsReader::next() { return lines_.next() && !lines_.cut(); }

Json MetricsReader::record() const
{
    Json record = parse_record(line());
    if (record.is_object()) return record;
    damaged("not a JSON object, or one deeper than " + std::to_string(most_depth));
}

Json MetricsReader::record_at(std::streamoff offset)
{
    lines_.go_to(offset);
    if (next()) return record();
    throw Failure(lines_.path() + " changed while it was read");
}

} // namespace nib::cli
