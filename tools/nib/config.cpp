#include "config.hpp"

#include "failure.hpp"
#include "nearest.hpp"
#include "options.hpp"
#include "streams.hpp"

#include <algorithm>
#include <cstdio>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace nib::cli {
namespace {

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

bool is_list(const CLI::Option& option) { return option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll; }

std::vector<CLI::ConfigItem> items_of(const std::string& text)
{
    std::istringstream stream(text);
    return CLI::ConfigTOML().from_config(stream);
}

std::vector<std::string> keys_of(const CLI::App& command)
{
    std::vector<std::string> keys;
    for (const CLI::Option* option : command.get_options())
        if (option->get_configurable()) keys.push_back(option->get_single_name());
    return keys;
}

// The option of a key, by the name that to_config gives it. Throws if there is none.
CLI::Option& option_of(CLI::App& command, const CLI::ConfigItem& item)
{
    if (!item.parents.empty()) throw CLI::ValidationError("[" + item.parents.front() + "]", "expected no section");
    for (CLI::Option* option : command.get_options())
        if (option->get_configurable() && option->get_single_name() == item.name) return *option;
    throw CLI::ValidationError("unknown key '" + item.name + "'" + did_you_mean(item.name, keys_of(command)));
}

// Sets an option that the command line does not have.
void take(CLI::Option& option, const CLI::ConfigItem& item)
{
    if (item.inputs.size() != 1 && !is_list(option))
        throw CLI::ValidationError(item.name, "expected one value, found " + std::to_string(item.inputs.size()));
    if (!option.empty()) return;
    if (is_flag(option))
        option.add_result(option.get_flag_value(item.name, item.inputs.front()));
    else
        option.add_result(item.inputs);
    option.run_callback();
}

// Some versions of CLI11 have done so before the file was read.
void check_excludes(const CLI::App& command)
{
    for (const CLI::Option* option : command.get_options()) {
        for (const CLI::Option* other : option->get_excludes())
            if (!option->empty() && !other->empty()) throw CLI::ExcludesError(option->get_name(), other->get_name());
    }
}

void read_config(CLI::App& command, const std::string& path)
{
    constexpr std::size_t most = std::size_t{1} << 20;
    const Input file = read_input(path, most);
    std::set<std::string> seen;
    try {
        for (const CLI::ConfigItem& item : items_of(file.bytes)) {
            CLI::Option& option = option_of(command, item);
            if (!seen.insert(item.name).second) throw CLI::ValidationError(item.name, "stands there twice");
            take(option, item);
        }
    } catch (const CLI::ParseError& error) {
        throw CLI::ValidationError(file.name, error.what());
    }
    check_excludes(command);
}

// Whether a text, read back, has the option's values. Older versions of CLI11 lose what follows a "#".
bool survives(const CLI::Option& option, const std::vector<CLI::ConfigItem>& items)
{
    const auto has_name = [&](const CLI::ConfigItem& item) { return item.name == option.get_single_name(); };
    const auto found = std::find_if(items.begin(), items.end(), has_name);
    return found != items.end() && found->inputs == option.reduced_results();
}

void print_config(const CLI::App& command)
{
    const std::string text = command.config_to_str();
    const std::vector<CLI::ConfigItem> items = items_of(text);
    for (const CLI::Option* option : command.get_options()) {
        if (option->empty() || !option->get_configurable() || survives(*option, items)) continue;
        throw CLI::ValidationError(option->get_name(), "'" + option->reduced_results().front() +
                                                           "': expected a value that a line of a file can hold");
    }
    std::fputs(text.c_str(), stdout);
}

} // namespace

void add_config(CLI::App& command)
{
    command
        .add_option_function<std::string>(
            "--config", [&command](const std::string& given) { read_config(command, given); },
            std::string("file of further options, one a line, such as\n\"steps = 100\"") + or_standard_input)
        ->type_name("FILE")
        ->configurable(false);
    const auto print = [&command] {
        if (command.remaining_size() > 0) return; // which is an error
        print_config(command);
        throw CLI::Success();
    };
    command.add_flag_callback("--print-config", print, "print the given options as such a file, and exit")
        ->configurable(false);
}

} // namespace nib::cli
