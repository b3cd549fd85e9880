// The layout of --help: as wide as the terminal, and the same with each version of CLI11.
#pragma once

#include <CLI/CLI.hpp>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace nib::cli {

// Breaks text into lines of up to width bytes, if its blanks allow that. A line that begins with blanks stays a line of
// its own, and is continued two blanks further in; other lines flow into each other.
std::vector<std::string> flowed(std::string_view text, std::size_t width);

// The group of options that were put in no group; CLI11's own name for it differs between versions.
inline constexpr char usual_group[] = "Options";

// Ends a command's --help with a text, if there is one, and with commands to try.
void add_examples(CLI::App& command, std::initializer_list<const char*> examples, const std::string& text = "");

class Help : public CLI::Formatter {
public:
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
};

} // namespace nib::cli
