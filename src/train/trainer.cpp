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
#include <bit>
#include <chrono>
#include <cmath>

namespace nib {

namespace {

const nib_train_options& checked(const Model& model, const Dataset& data, const nib_train_options& options,
                                 const nib_collective* ranks)
{
    check_options(options, model.layout);
    if (ranks != nullptr && ranks->ranks > options.segments)
        throw Error(NIB_ERR_INVALID_ARGUMENT, "segments is %d: expected %u at least, a power of two, for %d ranks",
                    options.segments, std::bit_ceil(static_cast<unsigned>(ranks->ranks)), ranks->ranks);
    check_format(model.format, data);
    if (model.layout.parameters == 0)
        throw Error(NIB_ERR_INVALID_ARGUMENT, "the network has no parameters: there is nothing to train");
    return options;
}

} // namespace

Trainer::Trainer(Model& model, const Dataset& data, const nib_train_options& options, int threads, Memory* memory,
                 Threads how, const nib_collective* ranks)
    : training_(model, data, checked(model, data, options, ranks), memory, ranks),
      choice_(threads_of_step(model, options.batch_size, threads), how == Threads::fixed),
      all_(make_crew(choice_.threads()))
{
    model.data_checksum = data.checksum();
}

Trainer::Crew Trainer::make_crew(int threads, Order order)
{
    Crew crew{std::make_unique<StepPlan>(training_.model, order, threads, training_.segments,
                                         training_.options.clip_norm, true, training_.memory),
              std::make_unique<Team>(threads, training_.memory),
              {},
              nullptr};
    crew.workers.reserve(static_cast<std::size_t>(threads));
    for (int thread = 0; thread < threads; ++thread)
        crew.workers.emplace_back(training_, *crew.plan, *crew.team, thread);
    return crew;
}

Trainer::Crew& Trainer::crew_of(int threads)
{
    if (threads == all_.team->threads() || threads > 1) return all_;
    if (alone_.plan == nullptr) alone_ = make_crew(1);
    return alone_;
}

// Diagnostics read activations by feature. The bits are the same as by example.
Trainer::Crew& Trainer::observing_crew(int threads)
{
    Crew& usual = crew_of(threads);
    const bool is_usual = usual.plan->order() == Order::by_feature;
    if (!is_usual && observing_.plan == nullptr) observing_ = make_crew(threads, Order::by_feature);
    Crew& crew = is_usual ? usual : observing_;
    if (crew.diagnostics == nullptr) crew.diagnostics = std::make_unique<Diagnostics>(training_, *crew.plan);
    return crew;
}

// Runs on fewer threads if the system gives no more.
void Trainer::run_piece(const ThreadChoice::Piece& piece, float* losses, bool observe)
{
    Crew& crew = observe ? observing_crew(piece.threads) : crew_of(piece.threads);
    for (Worker& worker : crew.workers) {
        if (crew.workers.size() > 1) worker.set_generator(training_.model.generator);
        if (crew.revision != training_.model.revision) worker.forget_transposed_weights();
    }
    for (bool ran = false; !ran;) {
        const int granted = parallel(crew.team->threads(), [&](int thread, int threads) {
            if (threads == crew.team->threads())
                work(crew, thread, piece.steps, losses, observe ? &crew.diagnostics->observation() : nullptr);
        });
        ran = granted == crew.team->threads();
        if (ran) continue;
        crew = make_crew(granted, crew.plan->order());
        if (observe) crew.diagnostics = std::make_unique<Diagnostics>(training_, *crew.plan);
    }
    if (crew.workers.size() > 1) training_.model.generator = crew.workers.front().generator();
    crew.revision = ++training_.model.revision;
    if (observe) observed_ = &crew;
}

std::int64_t Trainer::run(std::int64_t count, float* losses, bool observe)
{
    check_running();
    count = std::clamp<std::int64_t>(count, 0, training_.options.steps - step_);
    if (count == 0) return 0;
    if (training_.collective == nullptr) return run_together(count, losses, observe);
    try {
        return run_together(count, losses, observe);
    } catch (const Error&) { // the other ranks have one too
        throw;
    } catch (...) {
        condition_ = Condition::apart;
        training_.collective->abandon("a rank failed in a training step");
        throw;
    }
}

std::int64_t Trainer::run_together(std::int64_t count, float* losses, bool observe)
{
    if (observe) observing_crew(choice_.next(1).threads); // allocates its memory before any step
    const std::int64_t before = step_;
    run_pieces(count, losses, observe);
    training_.model.steps = std::min(training_.model.steps + (step_ - before), most_steps);
    if (condition_ == Condition::apart)
        throw Error(NIB_ERR_COMMUNICATION, "step %lld: %s", static_cast<long long>(step_),
                    training_.collective->why().c_str());
    if (condition_ == Condition::diverged) {
        throw Error(NIB_ERR_DIVERGED, "the loss is not finite at step %lld: %s", static_cast<long long>(step_),
                    likely_cause(training_.model, training_.options, step_).c_str());
    }
    check_numbers(observe || step_ == training_.options.steps);
    if (observe) measure();
    return step_ - before;
}

void Trainer::measure()
{
    Collective* const ranks = training_.collective.get();
    if (ranks != nullptr && !observed_->diagnostics->gather(*ranks, step_ - 1)) {
        observed_->diagnostics->forget();
        condition_ = Condition::apart;
        throw Error(NIB_ERR_COMMUNICATION, "behind step %lld: %s", static_cast<long long>(step_ - 1),
                    ranks->why().c_str());
    }
    observed_->diagnostics->measure(step_ - 1);
}

// Runs count steps, or those before one that fails.
void Trainer::run_pieces(std::int64_t count, float* losses, bool observe)
{
    using Clock = std::chrono::steady_clock;
    const std::int64_t before = step_;
    while (step_ - before < count && condition_ == Condition::running) {
        const std::int64_t done = step_ - before;
        // If other steps are by example, the observed step runs separately.
        const bool apart = observe && count - done > 1 && order() == Order::by_example;
        const ThreadChoice::Piece piece = choice_.next(apart ? count - done - 1 : count - done);
        const Clock::time_point begin = choice_.is_fixed() ? Clock::time_point() : Clock::now();
        run_piece(piece, losses == nullptr ? nullptr : losses + done, observe && done + piece.steps == count);
        if (!choice_.is_fixed()) choice_.add(piece, std::chrono::duration<double>(Clock::now() - begin).count());
    }
}

const Diagnostics& Trainer::diagnostics() const
{
    if (observed_ != nullptr && observed_->diagnostics != nullptr && observed_->diagnostics->step() == step_ - 1)
        return *observed_->diagnostics;
    if (step_ == 0) throw Error(NIB_ERR_STATE, "no step was run yet");
    throw Error(NIB_ERR_STATE, "the last step run, %lld, was not observed", static_cast<long long>(step_ - 1));
}

// A loss may be finite while these are not: normalised by an infinite variance, a neuron is 0. The running statistics
// are few, 1,054 numbers against lecture-deep's 47,551 parameters: checking them takes 0.1 us of a step's 98.
void Trainer::check_numbers(bool all)
{
    const Model& model = training_.model;
    if (all_finite(model.running.span()) && (!all || all_finite(model.parameters.span()))) return;
    condition_ = Condition::diverged;
    throw Error(NIB_ERR_DIVERGED, "%s holds a number that is not finite after step %lld: %s", not_finite(model).c_str(),
                static_cast<long long>(step_ - 1), likely_cause(model, training_.options, step_).c_str());
}

void Trainer::check_running() const
{
    if (condition_ == Condition::running) return;
    if (condition_ == Condition::diverged)
        throw Error(NIB_ERR_STATE, "training diverged at step %lld", static_cast<long long>(step_));
    throw Error(NIB_ERR_STATE, "the ranks lost each other at step %lld: expected every rank to resume",
                static_cast<long long>(step_));
}

void Trainer::save(const std::string& path)
{
    check_running();
    save_checkpoint(as_run(), path);
}

void Trainer::resume(const std::string& path)
{
    if (Collective* const ranks = training_.collective.get()) {
        condition_ = Condition::apart; // until all have the same
        ranks->forget_failure();
        agree(*ranks, [&] {
            load(path);
            return identity();
        });
    } else {
        load(path);
    }
    condition_ = Condition::running;
}

void Trainer::load(const std::string& path)
{
    load_checkpoint(path, as_run());
    for (Crew* crew : {&all_, &alone_, &observing_})
        if (crew->diagnostics != nullptr) crew->diagnostics->forget();
}

// Only the first thread writes the members, after the others have read them: no step ends before all threads have begun
// it. A step in which the ranks lose each other does not count.
void Trainer::work(Crew& crew, int thread, std::int64_t count, float* losses, Observation* observation)
{
    Worker& worker = crew.workers[static_cast<std::size_t>(thread)];
    const std::int64_t begin = step_;
    for (std::int64_t i = 0; i < count; ++i) {
        const float loss = worker.step(begin + i, i + 1 == count ? observation : nullptr);
        const bool finite = std::isfinite(loss);
        if (thread == 0) { // which talks to the other ranks
            if (losses != nullptr) losses[i] = loss;
            step_ = finite ? begin + i + 1 : begin + i;
            const bool is_lost = training_.collective != nullptr && training_.collective->failed();
            condition_ = finite ? Condition::running : is_lost ? Condition::apart : Condition::diverged;
        }
        if (!finite) return;
    }
}

} // namespace nib
