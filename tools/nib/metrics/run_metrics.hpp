// The parts of a run's metrics.jsonl that show the health of its training.
#pragma once

#include "metrics/schema.hpp"
#include "network_text.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nib::cli {

// Numbers that are null in the file, since they were not finite, are NaN.
struct StepFigures {
    std::int64_t step;
    double loss, learning_rate;
};

struct LayerFigures {
    std::string name, kind;
    double std, saturated, dead, units, gradient_std;
};

struct ParameterFigures {
    std::string name;
    double update_data; // log10
};

struct StatisticsFigures {
    std::int64_t step;
    std::vector<LayerFigures> layers;
    std::vector<ParameterFigures> parameters;
};

struct RunMetrics {
    double choices = 0; // number of symbols or classes to choose from; 0: answers are numbers
    double learning_rate = 0, batch_size = 0;
    std::int64_t steps = 0; // requested
    std::int64_t warmup_steps = 0;
    std::vector<TextLayer> network;
    std::vector<StepFigures> losses;
    std::vector<StatisticsFigures> statistics;
    std::optional<std::int64_t> diverged_at;
    std::string divergence;                   // the message about it
    std::vector<ValidationRecord> validation; // the curve
};

// Returns what was expected if nib train would not have written the record; the run is unusable then.
std::string add_record(RunMetrics& run, const Record& record);

// Reads the metrics of a folder that nib train wrote. A last line that was cut is left out. Throws Failure if the file
// is missing, has another line that is not a record, or has no run. All records of statistics have the same layers and
// parameters.
RunMetrics read_metrics(const std::string& folder);

} // namespace nib::cli
