#include "checkup.hpp"
#include "choice.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "help.hpp"
#include "json.hpp"
#include "options.hpp"
#include "terminal.hpp"

#include "nib/nib.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

namespace nib::cli {
namespace {

constexpr const char* health_words[] = {"ok", "FAIL", "--"};
constexpr const char* json_words[] = {"ok", "fail", "not measured"};

// The word for a verdict, padded to the width of the longest.
std::string shown(Health health)
{
    std::string word = name_of(health_words, health);
    word.resize(4, ' ');
    if (health == Health::unknown) return word;
    return styled(word, health == Health::good ? Style::good : Style::error, STDOUT_FILENO);
}

void print(const std::vector<Verdict>& verdicts)
{
    for (const Verdict& each : verdicts) {
        std::printf("%s  %-14s  %s", shown(each.health).c_str(), each.check.c_str(),
                    visible(each.measured).c_str()); // names of layers come from the file
        if (!each.healthy.empty()) std::printf("; healthy: %s", each.healthy.c_str());
        if (!each.advice.empty()) std::printf("; change: %s", visible(each.advice).c_str());
        std::printf("\n");
    }
    flush_results();
}

Json json_of(const std::vector<Verdict>& verdicts)
{
    Json all = Json::array();
    for (const Verdict& each : verdicts) {
        Json json = {{"check", each.check}, {"health", name_of(json_words, each.health)}, {"measured", each.measured}};
        if (!each.healthy.empty()) json["healthy"] = each.healthy;
        if (!each.advice.empty()) json["change"] = each.advice;
        all.push_back(std::move(json));
    }
    return all;
}

void doctor(const std::string& folder, bool json)
{
    const std::vector<Verdict> verdicts = check_up(read_metrics(folder));
    if (json)
        print_json(json_of(verdicts));
    else
        print(verdicts);
    const auto failed =
        std::count_if(verdicts.begin(), verdicts.end(), [](const Verdict& each) { return each.health == Health::bad; });
    if (failed > 0)
        throw Failure(std::to_string(failed) + (failed == 1 ? " check of " : " checks of ") + folder + " failed");
}

} // namespace

void add_doctor(CLI::App& app)
{
    CLI::App& command = *app.add_subcommand("doctor", "Judge the health of a training run by its statistics");
    const auto folder = std::make_shared<std::string>();
    const auto json = std::make_shared<bool>(false);
    add_path(command, "DIR", *folder, "folder written by nib train")->required();
    add_json(command, *json, "an array with an object\nfor each check");
    add_examples(command, {"nib doctor run", "nib doctor run --json"},
                 "Each line holds ok, FAIL or -- (not measured), the measured value, the healthy range, and advice.\n"
                 "The exit status is 1 if a check failed.");
    command.callback([=] { doctor(*folder, *json); });
}

} // namespace nib::cli
