// The lecture's way of judging a training run, as checks: nib doctor prints them and the report shows them.
#pragma once

#include "metrics/run_metrics.hpp"

#include <string>
#include <vector>

namespace nib::cli {

enum class Health { good, bad, unknown };

struct Verdict {
    Health health;
    std::string check;    // "initial loss"
    std::string measured; // or why it could not be measured, if health is unknown
    std::string healthy;  // what it should be
    std::string advice;   // what to change; empty unless health is bad
};

// Always the same checks, in the same order.
std::vector<Verdict> check_up(const RunMetrics& run);

} // namespace nib::cli
