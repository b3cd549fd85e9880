#include "commands.hpp"
#include "failure.hpp"

#include "nib/nib.h"

#include <string>
#include <vector>

using namespace nib::cli;

namespace {

// Of a command line that cannot be parsed.
std::string usage_message(const CLI::App* app, const CLI::Error& error)
{
    std::string command = "nib";
    for (const CLI::App* chosen : app->get_subcommands()) command += " " + chosen->get_name();
    const std::vector<std::string> unknown = app->remaining();
    const bool no_command = app->get_subcommands().empty() && !unknown.empty();
    const std::string message = no_command ? unknown.front() + " is no subcommand of nib" : error.what();
    return command + ": " + message + "\n" + command + " --help tells more.\n";
}

int run(int argc, char** argv)
{
    CLI::App app("Trains small neural networks on lists of names, and makes up new ones.", "nib");
    app.require_subcommand(1);
    app.option_defaults()->take_last(); // so that a script's options can be overridden behind them
    app.set_version_flag("--version", std::string("nib ") + nib_version(), "print the version and exit");
    app.set_help_flag("-h,--help", "print this and exit");
    app.failure_message(usage_message);
    app.get_formatter()->column_width(34);
    add_train(app);
    add_eval(app);
    add_sample(app);
    add_fold(app);
    add_export(app);
    add_doctor(app);
    add_info(app);
    add_report(app);
    app.footer("nib SUBCOMMAND --help lists its options."); // here, as subcommands inherit what was set before them
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (app.exit(error) != 0) return exit_usage;
    }
    flush_results();
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run(argc, argv);
    } catch (const Failure& failure) {
        note("nib: %s", failure.what());
        return failure.exit_code();
    } catch (const std::exception& exception) {
        note("nib: %s", exception.what());
        return exit_failed;
    }
}
