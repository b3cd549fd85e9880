// From the command line of nib train to a run that is ready for its next step.
#pragma once

#include "data.hpp"
#include "ranks.hpp"
#include "run_folder.hpp"
#include "settings.hpp"
#include "train_arguments.hpp"

#include "nib/nib.hpp"

#include <optional>

namespace nib::cli {

// A run that is ready for its next step.
struct Run {
    Settings settings;
    nib::model model;
    Data data;
    nib::trainer trainer;
};

// The facts about a table that its settings depend on; none for a text.
std::optional<TableFacts> facts_of(const Data& data);

// resumed: the settings of the folder's checkpoint, from which the run continues; none: it starts anew. Every rank
// calls this. Throws Failure, nib::error, and Silent, as Ranks::together.
Run prepare_run(const nib::context& context, TrainArguments& arguments, const RunFolder& folder,
                const std::optional<Settings>& resumed, Ranks& ranks);

} // namespace nib::cli
