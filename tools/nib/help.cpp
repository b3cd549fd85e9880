#include "help.hpp"

#include "commands.hpp"
#include "options.hpp"
#include "terminal.hpp"
#include "usage.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include <unistd.h>

namespace nib::cli {
namespace {

// The column where the meanings of names begin. A narrow terminal has no room for two columns: they stand a line below.
std::size_t meaning_column(std::size_t width) { return width >= 72 ? 34 : 8; }

std::string heading(const std::string& text) { return styled(text + ":", Style::heading, STDOUT_FILENO) + "\n"; }

// A name and what it means.
std::string entry(const std::string& name, const std::string& meaning)
{
    const std::size_t width = text_width(), column = meaning_column(width);
    std::string text = "  " + name;
    bool begins = text.size() < column;
    for (const std::string& line : flowed(meaning, width > column + 20 ? width - column : 20)) {
        text += begins ? std::string(column - text.size(), ' ') : "\n" + std::string(column, ' ');
        text += line;
        begins = false;
    }
    return text + "\n";
}

// A text without names beside it.
std::string paragraphs(const std::string& text)
{
    std::string lines;
    for (const std::string& line : flowed(text, text_width())) {
        const bool is_heading = line.ends_with(':') && !line.starts_with(' ');
        lines += is_heading ? heading(line.substr(0, line.size() - 1)) : line + "\n";
    }
    return lines;
}

std::string usage(const CLI::App& app, const std::string& name)
{
    std::string text = "Usage: " + name + " [OPTIONS]";
    for (const CLI::Option* option : app.get_options()) {
        if (!option->get_positional()) continue;
        const std::string word = option->get_name(true) + (option->get_expected_max() > 1 ? "..." : "");
        text += option->get_required() ? " " + word : " [" + word + "]";
    }
    if (!command_names(app).empty()) text += " SUBCOMMAND";
    return text + "\n";
}

std::string name_of(const CLI::Option& option)
{
    if (option.get_positional()) return option.get_name(true);
    std::string name = option.get_name(false, true);
    if (option.get_type_size() != 0 && !option.get_type_name().empty()) name += " " + option.get_type_name();
    return name + (option.get_expected_max() >= CLI::detail::expected_max_vector_size ? " ..." : "");
}

std::string meaning_of(const CLI::Option& option)
{
    std::string text = option.get_description();
    for (const CLI::Option* other : option.get_excludes()) text += "; not with " + other->get_name();
    if (option.get_required() && !option.get_positional()) text += " (required)";
    return text;
}

// The options of a group, or the positionals.
std::string list(const CLI::App& app, const std::string& title, const std::string& group, bool positional)
{
    std::string text;
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_positional() != positional || option->get_group() != group) continue;
        text += entry(name_of(*option), meaning_of(*option));
    }
    return text.empty() ? "" : "\n" + heading(title) + text;
}

std::string list_commands(const CLI::App& app)
{
    std::string text;
    for (const CLI::App* command : app.get_subcommands({}))
        if (!command->get_group().empty()) text += entry(command->get_name(), command->get_description());
    return text.empty() ? "" : "\n" + heading("Subcommands") + text;
}

// A line that begins with blanks, or lines that flow into each other.
struct Paragraph {
    std::size_t indent;
    std::string words;
};

std::vector<Paragraph> paragraphs_of(std::string_view text)
{
    std::vector<Paragraph> all;
    bool flows = false;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
        const std::string_view words = line.substr(indent);
        if (flows && indent == 0 && !words.empty())
            all.back().words.append(" ").append(words);
        else
            all.push_back({indent, std::string(words)});
        flows = indent == 0 && !words.empty();
    }
    return all;
}

} // namespace

std::vector<std::string> flowed(std::string_view text, std::size_t width)
{
    std::vector<std::string> lines;
    for (const auto& [indent, words] : paragraphs_of(text)) {
        const std::string next(indent > 0 ? indent + 2 : 0, ' '); // the beginning of a continued line
        std::string line(indent, ' ');
        bool begins = true;
        for (const std::string& word : CLI::detail::split(words, ' ')) {
            if (!begins && line.size() + 1 + word.size() > width) {
                lines.push_back(std::move(line));
                line = next;
                begins = true;
            }
            line.append(begins ? "" : " ").append(word);
            begins = false;
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

void add_examples(CLI::App& command, std::initializer_list<const char*> examples, const std::string& text)
{
    std::string footer = text.empty() ? "" : text + "\n\n";
    footer += "Examples:";
    for (const char* each : examples) footer.append("\n  ").append(each);
    command.footer(footer);
}

std::string Help::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode) const
{
    std::string text = paragraphs(app->get_description()) + usage(*app, name);
    text += list(*app, "Positionals", usual_group, true);
    text += list(*app, usual_group, usual_group, false);
    for (const std::string& group : app->get_groups())
        if (group != usual_group) text += list(*app, group, group, false);
    text += list_commands(*app);
    return text + "\n" + paragraphs(app->get_footer());
}

void add_help(CLI::App& app)
{
    CLI::App& command = *app.add_subcommand("help", "Print the help of the program, or of a command");
    const std::vector<std::string> names = command_names(app);
    std::vector<const char*> words(names.size());
    std::transform(names.begin(), names.end(), words.begin(), [](const std::string& each) { return each.c_str(); });
    const auto name = std::make_shared<std::string>();
    add_choice(command, "COMMAND", words, "", "a command; without it, a list of all commands", [=](int index) {
        *name = names[static_cast<std::size_t>(index)];
    })->type_name("");
    add_examples(command, {"nib help", "nib help train"});
    command.callback([=, &app] {
        const std::string help = name->empty() ? app.get_formatter()->make_help(&app, "nib", CLI::AppFormatMode::Normal)
                                               : app.get_subcommand(*name)->help("nib");
        std::fputs(help.c_str(), stdout);
    });
}

} // namespace nib::cli
