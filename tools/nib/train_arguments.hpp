// The command line of nib train.
#pragma once

#include "settings.hpp"
#include "table.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace nib::cli {

// An instance must not move: the command's options write into it.
struct TrainArguments {
    explicit TrainArguments(CLI::App& command) : settings(command), table(command, TableOptions::Use::learn) {}

    SettingsOptions settings;
    TableOptions table;
    std::string data, init, names, out = "nib-run";
    bool bytes = false, resume = false, overwrite = false, json = false;
    std::int32_t threads = 0;
    std::int64_t log_every = 0, stats_every = 100, checkpoint_every = 0;
    std::optional<std::int64_t> eval_every, patience;
    std::string tensorboard;
    double rank_timeout = 600; // seconds; 0: none
};

// has_ranks: with the options of several ranks.
void add_arguments(CLI::App& command, TrainArguments& arguments, bool has_ranks);

} // namespace nib::cli
