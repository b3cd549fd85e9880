// The subcommands. Each function adds one to app. Parsing the command line runs the chosen one, which throws Failure or
// nib::error if it fails. train alone runs on several ranks.
#pragma once

#include "ranks.hpp"

#include <CLI/CLI.hpp>

namespace nib::cli {

void add_train(CLI::App& app, Ranks& ranks);
void add_plan(CLI::App& app);
void add_eval(CLI::App& app);
void add_predict(CLI::App& app);
void add_sample(CLI::App& app);
void add_fold(CLI::App& app);
void add_export(CLI::App& app);
void add_doctor(CLI::App& app);
void add_info(CLI::App& app);
void add_report(CLI::App& app);
void add_help(CLI::App& app);
void add_completion(CLI::App& app);

} // namespace nib::cli
