// The validation loss during a run: when it is measured, on how many examples, and the best model by it.
#pragma once

#include "metrics/schema.hpp"
#include "ranks.hpp"

#include "nib/nib.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nib::cli {

struct ValidationOptions {
    std::int64_t every = 0;    // steps from one evaluation to the next; the last step has one too. 0: no evaluations
    std::int64_t patience = 0; // evaluations in a row without a new best, after which the run ends; 0: no limit
};

// The interval if no option gives one: ten evaluations in a run.
std::int64_t usual_interval(std::int64_t steps);

// How many examples, the first of the validation split, each evaluation uses: all, or as many as keep the evaluations
// near 4% of the run. It depends only on these numbers, so that a resumed run uses the same.
std::int64_t validation_examples(std::int64_t every, std::int64_t batch_size, std::int64_t split);

// The result of an evaluation; step: steps run.
struct Validated {
    std::int64_t step;
    double loss; // NaN if it is not finite
    bool is_best;
};

// Everything that resuming a run needs is in two files: the checkpoint, and the best model, which states its step and
// whose loss is computed again, to the same bits. The best model is written before the checkpoint. After a crash
// between the two it is of a later step than the checkpoint; the resumed run reaches that step again, and nothing
// before it was better.
class Validation {
public:
    // ranks: all evaluate. model: the one that trainer trains. path: of the best model; if resumed, it is read if it
    // exists; otherwise an old one is removed. Throws Failure and nib::error if that fails.
    Validation(const nib::context& context, Ranks& ranks, nib::model& model, const nib::dataset& data,
               const nib::trainer& trainer, const nib_train_options& train, const ValidationOptions& options,
               std::string path, bool resumed);

    bool is_on() const noexcept { return options_.every > 0; }

    // Limits the next piece of steps so that it does not pass the next evaluation.
    std::int64_t limit(std::int64_t piece) const;

    // To be called between two pieces: evaluates if it is time.
    std::optional<Validated> add();

    // Whether patience has run out.
    bool has_ended() const;

    // Writes the best model unless the file has it already. Throws Failure and nib::error.
    void write();

    std::int64_t every() const noexcept { return options_.every; }
    std::int64_t patience() const noexcept { return options_.patience; }
    std::int64_t examples() const noexcept { return examples_; }
    const std::string& path() const noexcept { return path_; }

    // The best model's step, if there was an evaluation; its loss is that over the evaluation's examples.
    std::optional<std::int64_t> best_step() const noexcept;
    nib::model& best() { return *best_; }

private:
    std::int64_t evaluations_by(std::int64_t step) const;
    bool is_due() const;
    double loss_of_model();
    double loss_of_best();
    void read(const nib::context& context);

    Ranks& ranks_;
    nib::model& model_;
    const nib::dataset& data_;
    const nib::trainer& trainer_;
    std::int64_t steps_, examples_ = 0;
    std::int64_t before_; // steps that the model had seen before this run
    ValidationOptions options_;
    std::string path_;
    std::optional<nib::model> best_; // none: there are no evaluations
    std::int64_t best_step_ = 0;     // 0: there is none yet
    double best_loss_ = 0;
    bool is_written_ = true;
};

} // namespace nib::cli
