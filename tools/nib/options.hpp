// Options of the command line whose help shows range, unit and default, and whose errors name the option.
#pragma once

#include "nib/nib.h"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace nib::cli {

// The limit for counts that have no limit of their own.
inline constexpr std::int64_t most = std::int64_t{1} << 40;

// Each calls set with a value in range, or ends the parse as wrong usage. initial is the default that the help shows,
// if it is not empty; it is not set.
CLI::Option* add_integer(CLI::App& command, const std::string& name, std::int64_t low, std::int64_t high,
                         const std::string& initial, const std::string& help, std::function<void(std::int64_t)> set);

// Adds a size in bytes: "65536", or "64K" and "1M" for multiples of 1,024 and of 1,024 times 1,024.
CLI::Option* add_bytes(CLI::App& command, const std::string& name, const std::string& help,
                       std::function<void(std::int64_t)> set);

// The finite numbers that an option accepts. An infinite end is no limit.
struct Range {
    double low, high;
    bool above_low, below_high; // the end itself is excluded
};
inline constexpr Range above_zero = {0, std::numeric_limits<double>::infinity(), true, false};

CLI::Option* add_number(CLI::App& command, const std::string& name, const Range& range, const std::string& initial,
                        const std::string& help, std::function<void(double)> set);

// Adds a choice of one of the names; set gets its index.
CLI::Option* add_choice(CLI::App& command, const std::string& name, std::span<const char* const> names,
                        const std::string& initial, const std::string& help, std::function<void(int)> set);

// The names of an option that add_choice made; empty for any other option.
const std::vector<std::string>& words_of(const CLI::Option& option);

// Prints at most six significant digits.
std::string text_of(double value);

// Adds the path of a file or folder; a positional that needs no type_name has none. path: a string, or a vector of
// them.
template <class Paths>
CLI::Option* add_path(CLI::App& command, const std::string& name, Paths& path, const std::string& help)
{
    const auto check = [](const std::string& given) {
        return given.empty() ? std::string("expected a path, which is not empty") : std::string();
    };
    return command.add_option(name, path, help)->check(check)->type_name("");
}

// Ends the parse as wrong usage if the option was given but has no effect. when: "with --items", "without ...".
void check_effect(const CLI::App& command, const std::string& option, bool effective, const std::string& when);

CLI::Option* add_threads(CLI::App& command, std::int32_t& threads);

// Adds --json. what: a description of the value, for the help.
CLI::Option* add_json(CLI::App& command, bool& json, const std::string& what);

// Adds --first-layer to a command that folds or plans it.
CLI::Option* add_first_layer(CLI::App& command, nib_first_layer& first_layer);

} // namespace nib::cli
