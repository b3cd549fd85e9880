// nib completion bash: a script from the same options as --help.
#include "commands.hpp"
#include "failure.hpp"
#include "help.hpp"
#include "options.hpp"
#include "usage.hpp"

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace nib::cli {
namespace {

constexpr const char* shell_names[] = {"bash"};

constexpr char script_begin[] = R"(# Completion of nib in bash: "nib completion bash" prints it.
_nib()
{
    local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]} command='' options='' values='' each
    if [[ $word == = ]]; then # "--split=val" is three words
        word=''
    elif [[ $option == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for each in "${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
        if [[ $each != -* ]]; then
            command=$each
            break
        fi
    done
    case $command in
)";

constexpr char script_end[] = R"(        *) values=none ;;
    esac
    COMPREPLY=()
    case $values in
        none) ;;
        files)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
            ;;
        folders)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -d -- "$word")
            ;;
        *) mapfile -t COMPREPLY < <(compgen -W "$values" -- "$word") ;;
    esac
}
complete -F _nib nib
)";

std::string joined(const std::vector<std::string>& words, const char* between)
{
    std::string text;
    for (const std::string& word : words) text.append(text.empty() ? "" : between).append(word);
    return text;
}

// The values of an option or of a positional: the words of a fixed set, else a kind.
std::string values_of(const CLI::Option& option)
{
    const std::vector<std::string>& words = words_of(option);
    if (!words.empty()) return joined(words, " ");
    const std::string type = option.get_type_name();
    if (type == "DIR" || option.get_name(true) == "DIR") return "folders";
    return type == "FILE" || (option.get_positional() && type.empty()) ? "files" : "none";
}

std::string values_of_positionals(const CLI::App& command)
{
    for (const CLI::Option* option : command.get_options())
        if (option->get_positional()) return values_of(*option);
    return "none";
}

// The branch for a command: its options, the values of the option before the word, else those of its positionals.
std::string case_of(const CLI::App& command, const std::string& name, const std::string& positionals)
{
    std::string text = "        " + name + ")\n            options='" + joined(option_names(command), " ") + "'\n";
    std::map<std::string, std::vector<std::string>> options_by_values;
    for (const CLI::Option* option : command.get_options()) {
        if (option->get_positional() || option->get_items_expected_max() == 0) continue; // a flag
        std::vector<std::string>& names = options_by_values[values_of(*option)];
        for (const std::string& each : option->get_snames()) names.push_back("-" + each);
        for (const std::string& each : option->get_lnames()) names.push_back("--" + each);
    }
    text += "            case $option in\n";
    for (const auto& [values, names] : options_by_values)
        text += "                " + joined(names, " | ") + ") values='" + values + "' ;;\n";
    text += "                *)\n                    values='" + positionals + "'\n";
    text += "                    [[ $word != -* ]] || values=$options\n                    ;;\n";
    return text + "            esac\n            ;;\n";
}

std::string script(const CLI::App& app)
{
    std::string text = script_begin + case_of(app, "''", joined(command_names(app), " "));
    for (const CLI::App* command : app.get_subcommands({}))
        text += case_of(*command, command->get_name(), values_of_positionals(*command));
    return text + script_end;
}

} // namespace

void add_completion(CLI::App& app)
{
    CLI::App& command = *app.add_subcommand("completion", "Print a script that completes command lines in a shell");
    add_choice(command, "SHELL", shell_names, "", "bash", [](int) {})->required()->type_name("");
    add_examples(command, {"nib completion bash > nib.bash", "source nib.bash"},
                 "An installed nib has it already, in share/bash-completion/completions.");
    command.callback([&app] { std::fputs(script(app).c_str(), stdout); });
}

} // namespace nib::cli
