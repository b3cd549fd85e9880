// The record that a training run begins with: what is trained, on what, by what.
#pragma once

#include "data.hpp"
#include "handles.hpp"
#include "settings.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nib::cli {

struct RunDescription {
    const Settings& settings;
    const Data& data;
    std::int64_t stats_every;
    std::optional<std::int64_t> resumed_at; // the step that the run goes on from
};

// The line of metrics.jsonl.
std::string run_record(const Context& context, const RunDescription& run);

} // namespace nib::cli
