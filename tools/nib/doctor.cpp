#include "checkup.hpp"
#include "choice.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "options.hpp"

#include "nib/nib.hpp"

#include <cstdio>
#include <memory>
#include <string>

namespace nib::cli {
namespace {

constexpr const char* health_words[] = {"ok", "FAIL", "--"};

void doctor(const std::string& folder)
{
    int failed = 0;
    for (const Verdict& each : check_up(read_metrics(folder))) {
        std::printf("%-4s  %-14s  %s", name_of(health_words, each.health), each.check.c_str(),
                    visible(each.measured).c_str()); // names of layers come from the file
        if (!each.healthy.empty()) std::printf("; healthy: %s", each.healthy.c_str());
        if (!each.advice.empty()) std::printf("; change: %s", visible(each.advice).c_str());
        std::printf("\n");
        failed += each.health == Health::bad;
    }
    flush_results();
    if (failed > 0)
        throw Failure(std::to_string(failed) + (failed == 1 ? " check of " : " checks of ") + folder + " failed");
}

} // namespace

void add_doctor(CLI::App& app)
{
    CLI::App& command = *app.add_subcommand("doctor", "Judge a training run by its statistics");
    const auto folder = std::make_shared<std::string>();
    add_path(command, "DIR", *folder, "a folder that nib train wrote")->required();
    command.footer("A line a check: ok, FAIL or -- (not measured), what was measured, what is healthy, and what to\n"
                   "change. The exit status is 1 where a check failed.");
    command.callback([=] { doctor(*folder); });
}

} // namespace nib::cli
