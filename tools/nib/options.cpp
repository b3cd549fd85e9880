#include "options.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace nib::cli {
namespace {

std::string description(const std::string& help, const std::string& range, const std::string& initial)
{
    return help + (range.empty() ? "" : " (" + range + ")") + (initial.empty() ? "" : " [" + initial + "]");
}

// Whole, in decimal digits: "010" is ten, and "" is nothing.
template <class Number>
std::optional<Number> parsed(const std::string& text)
{
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string quoted(const std::string& text) { return "'" + text + "'"; }

} // namespace

std::string text_of(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

CLI::Option* add_integer(CLI::App& command, const std::string& name, std::int64_t low, std::int64_t high,
                         const std::string& initial, const std::string& help, std::function<void(std::int64_t)> set)
{
    const std::string range = std::to_string(low) + ".." + (high == most ? "2^40" : std::to_string(high));
    auto checked = [=, set = std::move(set)](const std::string& text) {
        const std::optional<std::int64_t> value = parsed<std::int64_t>(text);
        if (!value || *value < low || *value > high)
            throw CLI::ValidationError(name, quoted(text) + ": expected a whole number, " + range);
        set(*value);
    };
    return command.add_option_function<std::string>(name, checked, description(help, range, initial))->type_name("N");
}

CLI::Option* add_number(CLI::App& command, const std::string& name, const Range& range, const std::string& initial,
                        const std::string& help, std::function<void(double)> set)
{
    auto checked = [=, set = std::move(set)](const std::string& text) {
        const std::optional<double> value = parsed<double>(text);
        const bool in_range = value && (*value > 0 || (range.zero && *value == 0)) && *value <= range.high;
        if (!in_range) throw CLI::ValidationError(name, quoted(text) + ": expected a number " + range.text);
        set(*value);
    };
    return command.add_option_function<std::string>(name, checked, description(help, range.text, initial))
        ->type_name("X");
}

CLI::Option* add_choice(CLI::App& command, const std::string& name, std::span<const char* const> names,
                        const std::string& initial, const std::string& help, std::function<void(int)> set)
{
    const std::vector<std::string> words(names.begin(), names.end());
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : "|") + word;
    auto checked = [=, set = std::move(set)](const std::string& value) {
        const auto found = std::find(words.begin(), words.end(), value);
        if (found == words.end()) throw CLI::ValidationError(name, quoted(value) + ": expected " + all);
        set(static_cast<int>(found - words.begin()));
    };
    return command.add_option_function<std::string>(name, checked, description(help, "", initial))->type_name(all);
}

void check_effect(const CLI::App& command, const std::string& option, bool effective, const std::string& when)
{
    if (!effective && command.count(option) > 0) throw CLI::ValidationError(option, "has no effect " + when);
}

CLI::Option* add_threads(CLI::App& command, std::int32_t& threads)
{
    const auto set = [&threads](std::int64_t value) { threads = static_cast<std::int32_t>(value); };
    return add_integer(command, "--threads", 0, 1024, "0", "threads; 0: as many as there are cores", set);
}

} // namespace nib::cli
