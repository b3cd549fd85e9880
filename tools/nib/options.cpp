#include "options.hpp"

#include "choice.hpp"
#include "nearest.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace nib::cli {

std::string text_of(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

namespace {

std::string description(const std::string& help, const std::string& range, const std::string& initial)
{
    return help + (range.empty() ? "" : " (" + range + ")") + (initial.empty() ? "" : " [" + initial + "]");
}

// Parses the whole text in decimal digits: "010" is ten; "" is not a number.
template <class Number>
std::optional<Number> parsed(const std::string& text)
{
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// The bytes of a size such as "64K".
std::optional<std::int64_t> parsed_bytes(const std::string& text)
{
    const char unit = text.empty() ? '\0' : text.back();
    const int shift = unit == 'k' || unit == 'K' ? 10 : unit == 'm' || unit == 'M' ? 20 : 0;
    const std::optional<std::int64_t> units = parsed<std::int64_t>(shift > 0 ? text.substr(0, text.size() - 1) : text);
    if (!units || *units < 0 || *units > most >> shift) return std::nullopt;
    return *units << shift;
}

std::string quoted(const std::string& text) { return "'" + text + "'"; }

// The range in words, "above 0, up to 1"; empty if it holds every finite number.
std::string words_of(const Range& range)
{
    std::string text;
    const std::string low = text_of(range.low), high = text_of(range.high);
    if (std::isfinite(range.low)) text = range.above_low ? "above " + low : low + " or above";
    if (std::isfinite(range.high))
        text += (text.empty() ? "" : ", ") + std::string(range.below_high ? "below " : "up to ") + high;
    return text;
}

using Choices = std::map<const CLI::Option*, std::vector<std::string>>;
Choices& choices()
{
    static Choices all;
    return all;
}

bool contains(const Range& range, double value)
{
    const bool above = range.above_low ? value > range.low : value >= range.low;
    return std::isfinite(value) && above && (range.below_high ? value < range.high : value <= range.high);
}

} // namespace

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

CLI::Option* add_bytes(CLI::App& command, const std::string& name, const std::string& help,
                       std::function<void(std::int64_t)> set)
{
    auto checked = [=, set = std::move(set)](const std::string& text) {
        const std::optional<std::int64_t> bytes = parsed_bytes(text);
        if (!bytes)
            throw CLI::ValidationError(name,
                                       quoted(text) + ": expected a number of bytes, 0..2^40, as 65536, 64K or 1M");
        set(*bytes);
    };
    return command.add_option_function<std::string>(name, checked, help)->type_name("SIZE");
}

CLI::Option* add_number(CLI::App& command, const std::string& name, const Range& range, const std::string& initial,
                        const std::string& help, std::function<void(double)> set)
{
    const std::string expected = words_of(range);
    auto checked = [=, set = std::move(set)](const std::string& text) {
        const std::optional<double> value = parsed<double>(text);
        if (!value || !contains(range, *value))
            throw CLI::ValidationError(name, quoted(text) + ": expected a " +
                                                 (expected.empty() ? "finite number" : "number " + expected));
        set(*value);
    };
    return command.add_option_function<std::string>(name, checked, description(help, expected, initial))
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
        if (found == words.end())
            throw CLI::ValidationError(name, quoted(value) + ": expected " + all + did_you_mean(value, words));
        set(static_cast<int>(found - words.begin()));
    };
    CLI::Option* const option =
        command.add_option_function<std::string>(name, checked, description(help, "", initial))->type_name(all);
    choices()[option] = words;
    return option;
}

const std::vector<std::string>& words_of(const CLI::Option& option)
{
    static const std::vector<std::string> none;
    const auto found = choices().find(&option);
    return found == choices().end() ? none : found->second;
}

void check_effect(const CLI::App& command, const std::string& option, bool effective, const std::string& when)
{
    if (!effective && command.count(option) > 0) throw CLI::ValidationError(option, "has no effect " + when);
}

CLI::Option* add_threads(CLI::App& command, std::int32_t& threads)
{
    const auto set = [&threads](std::int64_t value) { threads = static_cast<std::int32_t>(value); };
    return add_integer(command, "--threads", 0, 1024, "0",
                       "threads; 0: one for each core, or a single one while that\nis faster", set);
}

CLI::Option* add_json(CLI::App& command, bool& json, const std::string& what)
{
    return command.add_flag("--json", json, "print one JSON value and nothing else: " + what);
}

CLI::Option* add_first_layer(CLI::App& command, nib_first_layer& first_layer)
{
    return add_choice(command, "--first-layer", first_layer_names, "smallest",
                      "table: embedding and first linear multiplied out, which is\nfaster; smallest: only if that "
                      "takes fewer bytes",
                      [&](int value) { first_layer = static_cast<nib_first_layer>(value); });
}

} // namespace nib::cli
