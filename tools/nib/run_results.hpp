// The results of a training run on standard output: a line for each as it is found, or one JSON value, or nothing with
// --quiet.
#pragma once

#include "json.hpp"
#include "model_metrics.hpp"

#include "nib/nib.hpp"

#include <cstdint>
#include <string>

namespace nib::cli {

class RunResults {
public:
    // Lines are printed unless --quiet is given.
    explicit RunResults(bool as_json);

    // Evaluates the last step's model over a whole split; returns the loss.
    double add_loss(nib_split split, double loss);

    // Adds how well it predicts the validation split of a table.
    void add_metrics(const ModelMetrics& metrics);

    // Adds the best model by the curve: its step, and its loss over the whole validation split.
    void add_best(std::int64_t step, double loss);

    // Ends a run of so many steps, whose last part took so many seconds.
    void finish(std::int64_t steps, double seconds, const std::string& folder);

private:
    bool as_json_, as_lines_;
    Json value_;
};

} // namespace nib::cli
