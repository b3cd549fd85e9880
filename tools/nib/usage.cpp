#include "usage.hpp"

#include "failure.hpp"
#include "nearest.hpp"

#include <algorithm>
#include <vector>

namespace nib::cli {
namespace {

// The message for a word that nothing takes. chosen: the command that it was given to.
std::string unknown(const std::string& word, const CLI::App& chosen)
{
    const std::vector<std::string> commands = command_names(chosen), options = option_names(chosen);
    const std::string name = word.substr(0, word.find('='));
    const bool is_known = std::find(options.begin(), options.end(), name) != options.end(); // behind "--"
    if (word.size() > 1 && word.front() == '-' && !is_known)
        return "unknown option '" + name + "'" + did_you_mean(name, options);
    if (!commands.empty() && !is_known) return "unknown command '" + word + "'" + did_you_mean(word, commands);
    return "unexpected argument '" + word + "'";
}

// The words that nothing took; all words behind "--" are positional.
std::vector<std::string> untaken_of(const CLI::App& app)
{
    std::vector<std::string> words = app.remaining();
    std::erase(words, "--");
    return words;
}

} // namespace

std::vector<std::string> command_names(const CLI::App& app)
{
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({}))
        if (!command->get_group().empty()) names.push_back(command->get_name());
    return names;
}

std::vector<std::string> option_names(const CLI::App& command)
{
    std::vector<std::string> names;
    for (const CLI::Option* option : command.get_options()) {
        for (const std::string& name : option->get_snames()) names.push_back("-" + name);
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    return names;
}

void check_in_order(CLI::App& app)
{
    for (CLI::App* command : app.get_subcommands({})) {
        for (CLI::Option* option : command->get_options()) {
            // A list is complete only at its end, and help may be asked for anywhere.
            const bool is_list = option->get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
            if (!is_list && option->nonpositional() && option != command->get_help_ptr()) option->trigger_on_parse();
        }
    }
}

std::string usage_message(const CLI::App* app, const CLI::Error& error)
{
    std::string name = "nib", message = error.what();
    const CLI::App* chosen = app;
    for (const CLI::App* command : app->get_subcommands()) {
        chosen = command;
        name += " " + command->get_name();
    }
    // Options are checked in order, so a word that nothing took stood before a value that is wrong or missing.
    if (!untaken_of(*app).empty()) {
        chosen = app;
        name = "nib";
    }
    const std::vector<std::string> untaken = untaken_of(*chosen);
    if (!untaken.empty()) message = unknown(untaken.front(), *chosen);
    return name + ": " + error_label() + " " + visible(message) + "\n" + name + " --help tells more.\n";
}

} // namespace nib::cli
