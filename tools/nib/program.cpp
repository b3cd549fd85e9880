#include "program.hpp"

#include "commands.hpp"
#include "config.hpp"
#include "failure.hpp"
#include "help.hpp"
#include "interrupts.hpp"
#include "usage.hpp"

#include "nib/nib.hpp"

#include <csignal>
#include <cstdio>
#include <memory>
#include <string>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace nib::cli {
namespace {

// If a standard stream is closed, the next file that is opened would get its number and receive the output. The stream
// is opened read-only instead: printing then fails, and the failure is reported.
void occupy_standard_streams()
{
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (fcntl(stream, F_GETFD) < 0) open("/dev/null", O_RDONLY);
    }
}

// Whether the stack can grow as large as a command and its arguments need. If not, there may be only 8 KB, all of which
// printf takes to write to stderr.
bool enough_stack()
{
    static constexpr char message[] = "nib: the limit on the stack (ulimit -s) is too low: 256 KB are needed\n";
    rlimit limit{};
    if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= rlim_t{256} << 10) return true;
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    return false;
}

std::string version() { return std::string("nib ") + nib_version(); }

void add_version(CLI::App& app)
{
    CLI::App& command = *app.add_subcommand("version", "Print the program's version");
    add_examples(command, {"nib version", "nib --version"});
    command.callback([] { print_line(version()); });
}

// Each command has it that was added so far.
void add_quiet(CLI::App& app)
{
    for (CLI::App* command : app.get_subcommands({}))
        command->add_flag_callback("-q,--quiet", set_quiet, "print only errors, and results that were asked for");
}

// Refuses another command than train on several ranks.
void check_ranks(const CLI::App& app, const Ranks& ranks)
{
    if (!ranks.are_several()) return;
    for (const CLI::App* command : app.get_subcommands())
        if (command->get_name() != "train")
            throw CLI::ValidationError("nib " + command->get_name(), "one process does this, and there are " +
                                                                         std::to_string(ranks.count()) +
                                                                         ": only nib train has ranks");
}

// The exit status of what parsing the command line ended with: help that was asked for, or a wrong usage.
int end_of_parsing(const CLI::App& app, const CLI::ParseError& error, Ranks& ranks)
{
    const bool is_wrong = error.get_exit_code() != 0;
    if (is_wrong && ranks.are_several()) ranks.together([] { throw; }); // the other ranks may wait for this one
    if (ranks.is_first()) app.exit(error);
    return is_wrong ? exit_usage : 0;
}

int run(int argc, char** argv, Ranks& ranks)
{
    CLI::App app("Trains small neural networks on text and on tables, and ships them.", "nib");
    app.require_subcommand(1);
    app.option_defaults()->take_last(); // so that options appended to a script's own override them
    app.option_defaults()->group(usual_group);
    app.set_version_flag("-V,--version", version(), "print the version and exit");
    app.set_help_flag("-h,--help", "print this and exit");
    app.failure_message(usage_message);
    app.formatter(std::make_shared<Help>());
    add_train(app, ranks);
    add_plan(app);
    add_eval(app);
    add_predict(app);
    add_sample(app);
    add_fold(app);
    add_export(app);
    add_doctor(app);
    add_info(app);
    add_report(app);
    add_quiet(app);
    add_version(app);
    add_completion(app);
    add_help(app); // knows the commands above
    // It is set here, as subcommands inherit what was set before them.
    add_examples(app, {"nib train names.txt --out run --overwrite", "nib sample run/model.safetensors -n 20"},
                 "nib SUBCOMMAND --help lists its options.");
    for (CLI::App* command : app.get_subcommands({})) command->get_help_ptr()->group(usual_group);
    check_in_order(app);
    for (const char* command : {"train", "plan"}) add_config(*app.get_subcommand(command));
    // It is called before the callback of the command.
    app.parse_complete_callback([&] { check_ranks(app, ranks); });
    if (argc < 2) {
        if (ranks.is_first()) std::fputs(app.help().c_str(), stderr);
        return exit_usage;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (const int code = end_of_parsing(app, error, ranks)) return code;
    } catch (const nib::error& error) {
        throw Failure(error);
    }
    flush_results();
    return 0;
}

} // namespace

int run_program(int argc, char** argv, Ranks& ranks)
{
    occupy_standard_streams();
    if (!enough_stack()) return exit_failed;
    // Without these signals, writing fails when the reader has gone, or when the file may not grow.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    if (!ranks.is_first()) set_quiet();
    const auto tell = [&](const std::string& sentence) {
        print_error(ranks.is_first() ? sentence : "rank " + std::to_string(ranks.rank()) + ": " + sentence);
    };
    try {
        return run(argc, argv, ranks);
    } catch (const Stopped& stopped) {
        end_by(stopped.signal);
    } catch (const Silent& silent) {
        return silent.exit_code;
    } catch (const Failure& failure) {
        tell(failure.what());
        return failure.exit_code();
    } catch (const std::exception& exception) {
        tell(exception.what());
        return exit_failed;
    }
}

} // namespace nib::cli
