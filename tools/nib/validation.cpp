#include "validation.hpp"

#include "failure.hpp"
#include "files.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

namespace nib::cli {
namespace {

constexpr std::int64_t evaluations = 10;
constexpr double most_share = 0.04; // of the run's time
// The time to evaluate an example over the time to train on one. The preset `mlp`: 2.4 us over 8.4.
constexpr double evaluated = 1.0 / 3;
constexpr std::int64_t least_examples = 256; // fewer are not representative

// The loss that an evaluation finds; NaN if it is not finite.
template <class Evaluate>
double loss_of(Evaluate evaluate)
{
    try {
        return evaluate();
    } catch (const nib::error& failure) {
        if (failure.status() != NIB_ERR_DIVERGED) throw;
        return std::numeric_limits<double>::quiet_NaN();
    }
}

} // namespace

std::int64_t usual_interval(std::int64_t steps) { return (steps + evaluations - 1) / evaluations; }

std::int64_t validation_examples(std::int64_t every, std::int64_t batch_size, std::int64_t split)
{
    if (every == 0) return 0;
    const double trained = static_cast<double>(every) * static_cast<double>(batch_size);
    const double most = std::max(most_share / evaluated * trained, static_cast<double>(least_examples));
    return most < static_cast<double>(split) ? static_cast<std::int64_t>(most) : split;
}

Validation::Validation(const nib::context& context, Ranks& ranks, nib::model& model, const nib::dataset& data,
                       const nib::trainer& trainer, const nib_train_options& train, const ValidationOptions& options,
                       std::string path, bool resumed)
    : ranks_(ranks),
      model_(model),
      data_(data),
      trainer_(trainer),
      steps_(train.steps),
      before_(model.info().steps - trainer.step()),
      options_(options),
      path_(std::move(path))
{
    check_own_file(path_);
    std::error_code error;
    if (!resumed && !std::filesystem::remove(path_, error) && error)
        throw Failure("cannot remove " + path_ + ": " + error.message());
    if (options_.every == 0) return;
    examples_ = validation_examples(options_.every, train.batch_size, data.info().examples[NIB_SPLIT_VAL]);
    best_.emplace(context, model.options(), data);
    if (std::filesystem::exists(path_, error)) read(context);
}

void Validation::read(const nib::context& context)
{
    constexpr const char* way_out = "; without that file the run goes on, with the best model from here on";
    try {
        const nib::model stored = nib::model::load(context, path_);
        if (nib_model_copy(stored.get(), best_->get()) != NIB_OK)
            throw Failure(path_ + " is of another network than the checkpoint beside it" + way_out);
    } catch (const nib::error& failure) {
        throw Failure(failure, way_out);
    }
    const std::int64_t step = best_->info().steps - before_;
    if (step <= 0 || step > steps_) return; // of another run
    best_step_ = step;
    best_loss_ = loss_of_best();
}

// The number of evaluations of a run after this many steps.
std::int64_t Validation::evaluations_by(std::int64_t step) const
{
    return step / options_.every + (step == steps_ && step % options_.every != 0 ? 1 : 0);
}

bool Validation::is_due() const
{
    const std::int64_t step = trainer_.step();
    return is_on() && step > 0 && (step % options_.every == 0 || step == steps_);
}

std::int64_t Validation::limit(std::int64_t piece) const
{
    return is_on() ? std::min(piece, options_.every - trainer_.step() % options_.every) : piece;
}

double Validation::loss_of_model()
{
    return loss_of([&] { return ranks_.evaluate(model_, data_, NIB_SPLIT_VAL, 0, examples_); });
}

// The other ranks do not have the best model.
double Validation::loss_of_best()
{
    return loss_of([&] { return best_->evaluate(data_, NIB_SPLIT_VAL, 0, examples_); });
}

std::optional<Validated> Validation::add()
{
    if (!is_due()) return std::nullopt;
    const double loss = loss_of_model();
    const bool is_best = std::isfinite(loss) && (best_step_ == 0 || loss < best_loss_);
    if (is_best) {
        best_->copy(model_);
        best_step_ = trainer_.step();
        best_loss_ = loss;
        is_written_ = false;
    }
    return Validated{trainer_.step(), loss, is_best};
}

bool Validation::has_ended() const
{
    if (!is_on() || options_.patience == 0) return false;
    return evaluations_by(trainer_.step()) - evaluations_by(best_step_) >= options_.patience;
}

void Validation::write()
{
    if (is_written_) return;
    check_own_file(path_);
    best_->save(path_);
    is_written_ = true;
}

std::optional<std::int64_t> Validation::best_step() const noexcept
{
    return best_step_ > 0 ? std::optional(best_step_) : std::nullopt;
}

} // namespace nib::cli
