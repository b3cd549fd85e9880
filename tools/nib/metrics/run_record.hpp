// The first record of a training run: what is trained, on which data, by which program.
#pragma once

#include "data.hpp"
#include "settings.hpp"

#include "nib/nib.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nib::cli {

struct RunDescription {
    const Settings& settings;
    const Data& data;
    std::int64_t stats_every;
    std::int64_t eval_every, eval_examples, patience;
    std::optional<std::int64_t> resumed_at; // the step at which the run was resumed
};

// The line of metrics.jsonl.
std::string run_record(const nib::context& context, const RunDescription& run);

} // namespace nib::cli
