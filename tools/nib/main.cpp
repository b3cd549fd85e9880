#include "commands.hpp"
#include "failure.hpp"
#include "interrupts.hpp"

#include "nib/nib.hpp"

#include <csignal>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace nib::cli;

namespace {

// The message for a command line that cannot be parsed.
std::string usage_message(const CLI::App* app, const CLI::Error& error)
{
    std::string command = "nib";
    for (const CLI::App* chosen : app->get_subcommands()) command += " " + chosen->get_name();
    const std::vector<std::string> unknown = app->remaining();
    const bool no_command = app->get_subcommands().empty() && !unknown.empty();
    const char* what = no_command && unknown.front().starts_with('-') ? " is no option" : " is no subcommand";
    const std::string message = no_command ? unknown.front() + what + " of nib" : error.what();
    return command + ": " + nib::visible(message) + "\n" + command + " --help tells more.\n";
}

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

int run(int argc, char** argv)
{
    CLI::App app("Trains small neural networks on text and on tables, and ships them.", "nib");
    app.require_subcommand(1);
    app.option_defaults()->take_last(); // so that options appended to a script's own override them
    app.set_version_flag("--version", std::string("nib ") + nib_version(), "print the version and exit");
    app.set_help_flag("-h,--help", "print this and exit");
    app.failure_message(usage_message);
    app.get_formatter()->column_width(34);
    add_train(app);
    add_plan(app);
    add_eval(app);
    add_predict(app);
    add_sample(app);
    add_fold(app);
    add_export(app);
    add_doctor(app);
    add_info(app);
    add_report(app);
    app.footer("nib SUBCOMMAND --help lists its options."); // set here, as subcommands inherit what was set before them
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (app.exit(error) != 0) return exit_usage;
    } catch (const nib::error& error) {
        throw Failure(error);
    }
    flush_results();
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    occupy_standard_streams();
    if (!enough_stack()) return exit_failed;
    // Without these signals, writing fails when the reader has gone, or when the file may not grow.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        return run(argc, argv);
    } catch (const Stopped& stopped) {
        end_by(stopped.signal);
    } catch (const Failure& failure) {
        note("nib: %s", failure.what());
        return failure.exit_code();
    } catch (const std::exception& exception) {
        note("nib: %s", exception.what());
        return exit_failed;
    }
}
