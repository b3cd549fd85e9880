#include "metrics/reader.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

namespace nib::cli {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

// The nesting depth of arrays and objects. Text that is not JSON has some depth too.
int depth_of(std::string_view json)
{
    int depth = 0, deepest = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (c == '"') in_string = !in_string;
        if (c == '\\' && in_string) ++i; // the escaped character does not end a string
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

// Reads the record if the object is of this kind.
template <class Kind>
bool read_as(const std::string& type, const Json& object, Record& record)
{
    if (type != Kind::type) return false;
    JsonMembers members(object, record.fault);
    Kind::members(record.what.emplace<Kind>(), members);
    return true;
}

} // namespace

std::string metrics_path(const std::string& folder) { return (fs::path(folder) / "metrics.jsonl").string(); }

Record parse_record(std::string_view line)
{
    Json object;
    if (depth_of(line) <= most_depth) object = Json::parse(line.begin(), line.end(), nullptr, false);
    if (!object.is_object()) throw NoRecord("not a JSON object, or one deeper than " + std::to_string(most_depth));
    Record record;
    std::string type;
    JsonMembers members(object, record.fault);
    members.text("type", type);
    const bool known =
        read_as<StepRecord>(type, object, record) || read_as<StatisticsRecord>(type, object, record) ||
        read_as<SaturationRecord>(type, object, record) || read_as<FiltersRecord>(type, object, record) ||
        read_as<RunRecord>(type, object, record) || read_as<ValidationRecord>(type, object, record) ||
        read_as<EvaluationRecord>(type, object, record) || read_as<BestRecord>(type, object, record) ||
        read_as<DivergenceRecord>(type, object, record) || read_as<MetricsRecord>(type, object, record) ||
        read_as<SamplesRecord>(type, object, record) || read_as<EndRecord>(type, object, record);
    if (!known) OtherRecord::members(record.what.emplace<OtherRecord>(), members);
    if (auto* const run = std::get_if<RunRecord>(&record.what)) run->all = std::move(object);
    return record;
}

MetricsReader::MetricsReader(const std::string& path) : lines_(checked(path), most_line_bytes) {}

bool MetricsReader::next() { return lines_.next() && !lines_.cut(); }

Record MetricsReader::record() const
{
    try {
        return parse_record(line());
    } catch (const NoRecord& failure) {
        damaged(failure.what());
    }
}

Record MetricsReader::record_at(std::streamoff offset)
{
    lines_.go_to(offset);
    if (next()) return record();
    changed();
}

void MetricsReader::changed() const { throw Failure(lines_.path() + " changed while it was read"); }

} // namespace nib::cli
