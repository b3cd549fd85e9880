// The report's first words: how good the model of a run is, compared with a guess that looks at nothing.
#pragma once

#include "metrics/schema.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace nib::cli {

// The records of a run that tell its outcome. NaN, -1 and none: the file has no such record.
struct Outcome {
    bool is_text = false;
    double choices = 0; // symbols or classes; 0: answers are numbers
    std::optional<double> unigram_loss;
    std::int64_t steps = -1;     // requested
    std::int64_t steps_run = -1; // by the last record of a step
    bool has_ended = false;      // by itself: with all steps, or out of patience
    std::optional<std::string> divergence;
    std::optional<EvaluationRecord> evaluation;
    std::optional<BestRecord> best;
    std::optional<double> lowest_validation; // of the curve
    std::optional<MetricsRecord> metrics;
};

// An object of texts for people: "headline", a sentence; "compared", the sentence about the guess, or null; "figures",
// each with "name", "value" and "guess" (null: none); "notes", sentences; "loss", the validation loss of the best model
// as a number, or null, by which runs on the same data are compared.
nlohmann::ordered_json answer_of(const Outcome& run);

} // namespace nib::cli
