#include "train/trainer.hpp"

#include "base/error.hpp"
#include "base/finite.hpp"
#include "base/parallel.hpp"
#include "net/evaluate.hpp"
#include "optim/learning_rate.hpp"
#include "train/checkpoint.hpp"
#include "train/divergence.hpp"
#include "train/train_options.hpp"

#include <algorithm>
#include <cmath>

namespace nib {

namespace {

const nib_train_options& checked(const Model& model, const Text& text, const nib_train_options& options)
{
    check_options(options, model.layout);
    check_vocabulary(model.vocabulary, text);
    return options;
}

} // namespace

Trainer::Trainer(Model& model, const Text& text, const nib_train_options& options, int threads, Memory* memory)
    : training_(model, text, checked(model, text, options), memory)
{
    make_workers(threads);
    model.data_checksum = text.checksum();
}

void Trainer::make_workers(int threads)
{
    auto plan = std::make_unique<StepPlan>(training_.model, threads, training_.options, true, training_.memory);
    auto team = std::make_unique<Team>(threads, training_.memory);
    std::vector<Worker> workers;
    workers.reserve(static_cast<std::size_t>(threads));
    for (int thread = 0; thread < threads; ++thread) workers.emplace_back(training_, *plan, *team, thread);
    workers_ = std::move(workers); // only once nothing can fail any more
    plan_ = std::move(plan);
    team_ = std::move(team);
    diagnostics_ = nullptr; // which reads what the old plan's steps left
}

std::int64_t Trainer::run(std::int64_t count, float* losses, bool observe)
{
    check_running();
    count = std::clamp<std::int64_t>(count, 0, training_.options.steps - step_);
    if (count == 0) return 0;
    const std::int64_t before = step_;
    for (bool ran = false; !ran;) {
        if (observe && diagnostics_ == nullptr) diagnostics_ = std::make_unique<Diagnostics>(training_, *plan_);
        const int granted = parallel(team_->threads(), [&](int thread, int threads) {
            if (threads == team_->threads())
                work(thread, count, losses, observe ? &diagnostics_->observation() : nullptr);
        });
        ran = granted == team_->threads();
        if (!ran) make_workers(granted);
    }
    training_.model.generator = workers_.front().generator();
    training_.model.steps = std::min(training_.model.steps + (step_ - before), most_steps);
    if (diverged_) {
        throw Error(NIB_ERR_DIVERGED, "the loss is not finite at step %lld: %s", static_cast<long long>(step_),
                    likely_cause(training_.model, training_.options, step_).c_str());
    }
    check_numbers(observe || step_ == training_.options.steps);
    if (observe) diagnostics_->measure(step_ - 1);
    return step_ - before;
}

const Diagnostics& Trainer::diagnostics() const
{
    if (diagnostics_ != nullptr && diagnostics_->step() == step_ - 1) return *diagnostics_;
    if (step_ == 0) throw Error(NIB_ERR_STATE, "no step was run yet");
    throw Error(NIB_ERR_STATE, "the last step run, %lld, was not observed", static_cast<long long>(step_ - 1));
}

// A loss may be finite while these are not: normalised by an infinite variance, a neuron is 0. The running statistics
// are few, 1,054 numbers of lecture-deep's 47,551: 0.1 us of a step's 98.
void Trainer::check_numbers(bool all)
{
    const Model& model = training_.model;
    if (all_finite(model.running.span()) && (!all || all_finite(model.parameters.span()))) return;
    diverged_ = true;
    throw Error(NIB_ERR_DIVERGED, "%s holds a number that is not finite after step %lld: %s", not_finite(model).c_str(),
                static_cast<long long>(step_ - 1), likely_cause(model, training_.options, step_).c_str());
}

void Trainer::check_running() const
{
    if (diverged_) throw Error(NIB_ERR_STATE, "training diverged at step %lld", static_cast<long long>(step_));
}

void Trainer::save(const std::string& path)
{
    check_running();
    save_checkpoint({training_.model, training_.optimizer, step_, training_.text, training_.options}, path);
}

void Trainer::resume(const std::string& path)
{
    load_checkpoint(path, {training_.model, training_.optimizer, step_, training_.text, training_.options});
    for (Worker& worker : workers_) worker.set_generator(training_.model.generator);
    if (diagnostics_ != nullptr) diagnostics_->forget();
    diverged_ = false;
}

// The members are written by the first thread alone, after the others have read them: no step ends before all have
// begun.
void Trainer::work(int thread, std::int64_t count, float* losses, Observation* observation)
{
    Worker& worker = workers_[static_cast<std::size_t>(thread)];
    const std::int64_t begin = step_;
    for (std::int64_t i = 0; i < count; ++i) {
        const float loss = worker.step(begin + i, i + 1 == count ? observation : nullptr);
        const bool finite = std::isfinite(loss);
        if (thread == 0) {
            if (losses != nullptr) losses[i] = loss;
            step_ = finite ? begin + i + 1 : begin + i;
            diverged_ = !finite;
        }
        if (!finite) return;
    }
}

} // namespace nib
