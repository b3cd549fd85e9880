// The validation loss while a run goes on: when it is taken, of how many examples, and the best model by it.
#pragma once

#include "metrics/schema.hpp"

#include "nib/nib.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nib::cli {

struct ValidationOptions {
    std::int64_t every = 0;    // steps from one evaluation to the next; the last step has one too. 0: none has any
    std::int64_t patience = 0; // evaluations in a row without a new best, after which the run ends; 0: it goes on
};

// What a run has where nobody says: ten evaluations.
std::int64_t usual_interval(std::int64_t steps);

// The examples of the validation split that each evaluation takes, the first ones: all, or as many as keep the
// evaluations near 4% of the run. It depends on these numbers alone, so that a run that goes on takes the same.
std::int64_t validation_examples(std::int64_t every, std::int64_t batch_size, std::int64_t split);

// What an evaluation found; step: steps run.
struct Validated {
    std::int64_t step;
    double loss; // NaN where it is not finite
    bool is_best;
};

// Everything that a run which goes on needs is in two files: the checkpoint, and the best model, which tells its step
// and whose loss is computed again, to the same bits. The best model is written before the checkpoint. After a crash
// between the two it is of a later step than the checkpoint; the run comes there again, and nothing before was better.
class Validation {
public:
    // model: the one that is trained, by trainer. path: of the best model; where resumed, it is read if it is there,
    // and otherwise an old one is removed. Throws Failure and nib::error where that cannot be.
    Validation(const nib::context& context, nib::model& model, const nib::dataset& data, const nib::trainer& trainer,
               const nib_train_options& train, const ValidationOptions& options, std::string path, bool resumed);

    bool is_on() const noexcept { return options_.every > 0; }

    // The part of the next piece of steps that does not go beyond the next evaluation.
    std::int64_t limit(std::int64_t piece) const;

    // Between two pieces: evaluates if it is time.
    std::optional<Validated> add();

    // Whether patience has run out.
    bool has_ended() const;

    // Writes the best model where it is not in the file yet. Throws Failure and nib::error.
    void write();

    std::int64_t every() const noexcept { return options_.every; }
    std::int64_t patience() const noexcept { return options_.patience; }
    std::int64_t examples() const noexcept { return examples_; }
    const std::string& path() const noexcept { return path_; }

    // The best model's step, if there was an evaluation; its loss is that of the examples.
    std::optional<std::int64_t> best_step() const noexcept;
    nib::model& best() { return *best_; }

private:
    std::int64_t evaluations_by(std::int64_t step) const;
    bool is_due() const;
    double loss_of(nib::model& model) const;
    void read(const nib::context& context);

    nib::model& model_;
    const nib::dataset& data_;
    const nib::trainer& trainer_;
    std::int64_t steps_, examples_ = 0;
    std::int64_t before_; // steps that the model had seen before this run
    ValidationOptions options_;
    std::string path_;
    std::optional<nib::model> best_; // none: nothing is evaluated
    std::int64_t best_step_ = 0;     // 0: there is none yet
    double best_loss_ = 0;
    bool is_written_ = true;
};

} // namespace nib::cli
