// Reads a record from the JSON object of its line.
#pragma once

#include "failure.hpp"
#include "metrics/schema.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace nib::cli {

// Thrown for a line that is not used as a record; the message says what was expected.
class NoRecord : public Failure {
public:
    using Failure::Failure;
};

// The visitor that reads a record's members from a JSON object. The first missing member becomes the fault.
class JsonMembers {
public:
    using Json = nlohmann::ordered_json;

    JsonMembers(const Json& object, std::string& fault) : object_(object), fault_(fault) {}

    void step(const char* key, std::int64_t& value)
    {
        const Json& found = member(key);
        if (found.is_number() && !counts(found))
            throw NoRecord(std::string("expected a \"") + key + "\" from 0 to 2^53");
        whole(key, value);
    }
    void optional_step(const char* key, std::optional<std::int64_t>& value)
    {
        if (!object_.contains(key)) return;
        step(key, value.emplace());
        if (*value < 0) value.reset();
    }
    void whole(const char* key, std::int64_t& value) { value = whole(key, member(key)); }
    void number(const char* key, double& value)
    {
        const auto found = object_.find(key); // also end() if this is not an object
        const bool there = found != object_.end() && is_number_or_null(*found);
        value = there ? number(*found) : std::numeric_limits<double>::quiet_NaN();
        if (!there) missing(key, "a number or null");
    }
    void optional_number(const char* key, std::optional<double>& value)
    {
        if (const auto found = object_.find(key); found != object_.end() && found->is_number())
            value = found->get<double>();
    }
    void single(const char* key, double& value) { number(key, value); }
    void text(const char* key, std::string& value)
    {
        if (const Json& found = member(key); found.is_string())
            value = found.get<std::string>();
        else
            missing(key, "a text");
    }
    void optional_text(const char* key, std::optional<std::string>& value)
    {
        if (const Json& found = member(key); found.is_string()) value = found.get<std::string>();
    }
    void texts(const char* key, std::vector<std::string>& values)
    {
        for (const Json& each : array(key)) {
            if (each.is_string())
                values.push_back(each.get<std::string>());
            else
                missing(key, "a list of texts");
        }
    }
    void wholes(const char* key, std::vector<std::int64_t>& values)
    {
        for (const Json& each : array(key)) values.push_back(whole(key, each));
    }
    void singles(const char* key, std::vector<double>& values)
    {
        for (const Json& each : array(key)) {
            values.push_back(number(each));
            if (!is_number_or_null(each)) missing(key, "a list of numbers");
        }
    }
    template <class Part>
    void object(const char* key, Part& part)
    {
        if (!member(key).is_object()) missing(key, "an object");
        read(member(key), part);
    }
    template <class Part>
    void optional_object(const char* key, std::optional<Part>& part)
    {
        if (object_.contains(key)) object(key, part.emplace());
    }
    template <class Part>
    void list(const char* key, std::vector<Part>& parts)
    {
        for (const Json& each : array(key)) read(each, parts.emplace_back());
    }

private:
    // Returns null if there is none.
    const Json& member(const char* key) const
    {
        static const Json none;
        const auto found = object_.find(key); // also end() if this is not an object
        return found != object_.end() ? *found : none;
    }
    const Json& array(const char* key)
    {
        static const Json none = Json::array();
        if (member(key).is_array()) return member(key);
        missing(key, "a list");
        return none;
    }
    std::int64_t whole(const char* key, const Json& value)
    {
        if (value.is_number_integer() && counts(value)) return value.get<std::int64_t>();
        missing(key, value.is_number_integer() ? "a number from 0 to 2^53" : "a whole number");
        return -1;
    }
    template <class Part>
    void read(const Json& object, Part& part)
    {
        JsonMembers members(object, fault_);
        Part::members(part, members);
    }
    void missing(const char* key, const char* kind)
    {
        if (fault_.empty()) fault_ = std::string("expected ") + kind + " as \"" + key + "\"";
    }
    static bool counts(const Json& number)
    {
        const double value = number.get<double>();
        return value >= 0 && value <= static_cast<double>(most_steps);
    }
    static bool is_number_or_null(const Json& value) { return value.is_number() || value.is_null(); }
    static double number(const Json& value)
    {
        return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
    }

    const Json& object_;
    std::string& fault_;
};

} // namespace nib::cli
