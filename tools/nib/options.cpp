#include "options.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

namespace nib::cli {
namespace {

std::string description(const std::string& help, const std::string& range, const std::string& initial)
{
    return help + (range.empty() ? "" : " (" + range + ")") + (initial.empty() ? "" : " [" + initial + "]");
}

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
    auto checked = [=, set = std::move(set)](const std::int64_t& value) {
        if (value < low || value > high)
            throw CLI::ValidationError(name, std::to_string(value) + " is out of range: expected " + range);
        set(value);
    };
    return command.add_option_function<std::int64_t>(name, checked, description(help, range, initial))->type_name("N");
}

CLI::Option* add_number(CLI::App& command, const std::string& name, bool above_zero, const std::string& initial,
                        const std::string& help, std::function<void(double)> set)
{
    const std::string range = above_zero ? "above 0" : "0 or above";
    auto checked = [=, set = std::move(set)](const double& value) {
        if (!std::isfinite(value) || value < 0 || (above_zero && value == 0))
            throw CLI::ValidationError(name, text_of(value) + " is out of range: expected a number " + range);
        set(value);
    };
    return command.add_option_function<double>(name, checked, description(help, range, initial))->type_name("X");
}

CLI::Option* add_choice(CLI::App& command, const std::string& name, std::span<const char* const> names,
                        const std::string& initial, const std::string& help, std::function<void(int)> set)
{
    const std::vector<std::string> words(names.begin(), names.end());
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : "|") + word;
    auto checked = [=, set = std::move(set)](const std::string& value) {
        const auto found = std::find(words.begin(), words.end(), value);
        if (found == words.end()) throw CLI::ValidationError(name, value + " is unknown: expected " + all);
        set(static_cast<int>(found - words.begin()));
    };
    return command.add_option_function<std::string>(name, checked, description(help, "", initial))->type_name(all);
}

CLI::Option* add_threads(CLI::App& command, std::int32_t& threads)
{
    const auto set = [&threads](std::int64_t value) { threads = static_cast<std::int32_t>(value); };
    return add_integer(command, "--threads", 0, 1024, "0", "threads; 0: as many as there are cores", set);
}

} // namespace nib::cli
