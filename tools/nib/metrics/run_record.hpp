// The record that a training run begins with: what is trained, on what, by what.
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
    std::optional<std::int64_t> resumed_at; // the step that the run goes on from
};

// The line of metrics.jsonl.
std::string run_record(const nib::context& context, const RunDescription& run);

} // namespace nib::cli
