// The subcommands. Each function adds one to app; parsing the command line runs the one that was chosen, which throws
// Failure or nib::error where it cannot do its work.
#pragma once

#include <CLI/CLI.hpp>

namespace nib::cli {

void add_train(CLI::App& app);
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
