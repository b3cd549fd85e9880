#include "io/schema_match.hpp"

#include "base/error.hpp"
#include "base/field.hpp"
#include "base/utf8.hpp"
#include "io/decimal.hpp"
#include "io/visible.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace nib {

namespace {

using Places = std::map<std::string_view, std::ptrdiff_t>;

std::ptrdiff_t place_of(const Places& places, const std::string& name, std::span<const std::string> names,
                        const std::string& file)
{
    const auto found = places.find(name);
    if (found != places.end()) return found->second;
    throw Error(NIB_ERR_MISMATCH, "%s: no column '%s', expected it among %s", file.c_str(),
                visible(shortened(name)).c_str(), expected_of(names, name).c_str());
}

SchemaMatch match_names(const Schema& schema, std::span<const std::string> names, const std::string& file,
                        TargetUse targets)
{
    Places places;
    for (const std::string& name : names) places.emplace(name, static_cast<std::ptrdiff_t>(places.size()));
    SchemaMatch match;
    for (const Column& column : schema.columns) match.columns.push_back(place_of(places, column.name, names, file));
    const auto is_there = [&](const std::string& name) { return places.contains(name); };
    if (targets == TargetUse::ignored) return match;
    if (targets == TargetUse::optional && std::none_of(schema.targets.begin(), schema.targets.end(), is_there))
        return match;
    for (const std::string& target : schema.targets) match.targets.push_back(place_of(places, target, names, file));
    return match;
}

SchemaMatch match_count(const Schema& schema, std::ptrdiff_t count, const std::string& file, TargetUse targets)
{
    SchemaMatch match;
    const auto inputs = static_cast<std::ptrdiff_t>(schema.columns.size());
    if (count == schema.table_columns) {
        for (const Column& column : schema.columns) match.columns.push_back(column.place);
        if (targets != TargetUse::ignored) match.targets = schema.target_places;
        return match;
    }
    if (count != inputs || targets == TargetUse::required) {
        const std::string or_inputs =
            targets == TargetUse::required
                ? ""
                : std::string(", or ").append(std::to_string(inputs)) + " without what is learned";
        throw Error(NIB_ERR_MISMATCH, "%s: a table of %td columns, expected %td%s", file.c_str(), count,
                    schema.table_columns, or_inputs.c_str());
    }
    match.columns.resize(schema.columns.size());
    std::iota(match.columns.begin(), match.columns.end(), std::ptrdiff_t{0});
    return match;
}

} // namespace

SchemaMatch match_schema(const Schema& schema, std::span<const std::string> names, const std::string& file,
                         TargetUse targets)
{
    const bool both = schema.has_names() && !names.empty() && !names.front().empty();
    return both ? match_names(schema, names, file, targets)
                : match_count(schema, static_cast<std::ptrdiff_t>(names.size()), file, targets);
}

std::optional<std::vector<double>> class_numbers(const Schema& schema)
{
    std::vector<double> numbers;
    for (const std::string& text : schema.classes) {
        double number = 0;
        if (classify_cell(text, number) != CellKind::number) return std::nullopt;
        numbers.push_back(kept_number(number));
    }
    return numbers;
}

std::string expected_of(std::span<const std::string> words, std::string_view instead)
{
    constexpr std::size_t few = 12, longest = 200; // bytes
    std::vector<std::string> shown;
    std::size_t size = 0;
    for (const std::string& word : words) {
        shown.push_back(visible(shortened(word)));
        size += shown.back().size();
    }
    std::vector<const char*> texts;
    for (const std::string& text : shown) texts.push_back(text.c_str());
    const std::string text = visible(instead);
    if (words.size() <= few && size <= longest) return expected_words(texts, text);
    const char* const nearest = nearest_word(texts, text);
    const std::string count = std::string("one of ").append(std::to_string(words.size()));
    return nearest == nullptr ? count : count + " (" + nearest + "?)";
}

} // namespace nib
