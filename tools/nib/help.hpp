// How --help looks: as wide as the terminal, the same with each version of CLI11.
#pragma once

#include <CLI/CLI.hpp>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace nib::cli {

// Text as lines of up to width bytes, where blanks let them. A line of the text that begins with blanks stays a line of
// its own, and what it has no room for begins two blanks further; other lines flow into each other.
std::vector<std::string> flowed(std::string_view text, std::size_t width);

// The group of options that are given none; the name differs between versions of CLI11.
inline constexpr char usual_group[] = "Options";

// A command's --help ends with a text, if there is one, and commands to try.
void add_examples(CLI::App& command, std::initializer_list<const char*> examples, const std::string& text = "");

class Help : public CLI::Formatter {
public:
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
};

} // namespace nib::cli
