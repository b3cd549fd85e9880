// Writes a record as its line of metrics.jsonl.
#pragma once

#include "metrics/json_line.hpp"
#include "metrics/schema.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nib::cli {

// The visitor that writes a record's members.
class LineMembers {
public:
    explicit LineMembers(JsonLine& line) : line_(line) {}

    void step(const char* key, std::int64_t value) { line_.integer(key, value); }
    void whole(const char* key, std::int64_t value) { line_.integer(key, value); }
    void number(const char* key, double value) { line_.number(key, value); }
    void single(const char* key, double value) { line_.number(key, static_cast<float>(value)); }
    void text(const char* key, const std::string& value) { line_.json(key, json_of(value)); }
    void texts(const char* key, const std::vector<std::string>& values) { line_.json(key, json_of(values)); }
    void wholes(const char* key, const std::vector<std::int64_t>& values)
    {
        line_.open(key, '[');
        for (const std::int64_t value : values) line_.integer(value);
        line_.close(']');
    }
    void singles(const char* key, const std::vector<double>& values)
    {
        line_.open(key, '[');
        for (const double value : values) line_.number(static_cast<float>(value));
        line_.close(']');
    }
    template <class Part>
    void list(const char* key, const std::vector<Part>& parts)
    {
        line_.open(key, '[');
        for (const Part& part : parts) {
            line_.open('{');
            Part::members(part, *this);
            line_.close('}');
        }
        line_.close(']');
    }
    template <class Part>
    void optional_object(const char* key, const std::optional<Part>& part)
    {
        if (!part) return;
        line_.open(key, '{');
        Part::members(*part, *this);
        line_.close('}');
    }

private:
    // Text of any origin: bytes that are not UTF-8 are replaced.
    template <class Value>
    static std::string json_of(const Value& value)
    {
        using Json = nlohmann::ordered_json;
        return Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
    }

    JsonLine& line_;
};

template <class Record>
std::string line_of(const Record& record)
{
    JsonLine line(Record::type);
    LineMembers members(line);
    Record::members(record, members);
    return line.finish();
}

} // namespace nib::cli
