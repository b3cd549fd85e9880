// Options of the command line whose help shows range, unit and default, and whose errors name the option.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace nib::cli {

// Of counts that have no limit of their own.
inline constexpr std::int64_t most = std::int64_t{1} << 40;

// Each calls set with a value that is in range, or ends the parse as wrong usage. initial is what the help shows as the
// default, if it is not empty; it is not set.
CLI::Option* add_integer(CLI::App& command, const std::string& name, std::int64_t low, std::int64_t high,
                         const std::string& initial, const std::string& help, std::function<void(std::int64_t)> set);

// above_zero: the value 0 is refused as well as what is below.
CLI::Option* add_number(CLI::App& command, const std::string& name, bool above_zero, const std::string& initial,
                        const std::string& help, std::function<void(double)> set);

// One of the names; set gets its index.
CLI::Option* add_choice(CLI::App& command, const std::string& name, std::span<const char* const> names,
                        const std::string& initial, const std::string& help, std::function<void(int)> set);

// Six significant digits at most.
std::string text_of(double value);

CLI::Option* add_threads(CLI::App& command, std::int32_t& threads);

} // namespace nib::cli
