// A training run: steps over a model, in one parallel region for each call.
#pragma once

#include "train/diagnostics.hpp"
#include "train/rank_identity.hpp"
#include "train/thread_choice.hpp"
#include "train/worker.hpp"

#include <memory>
#include <string>

namespace nib {

enum class Threads { fixed, at_most };

// Trains the model in place. The result has the same bits for any number of threads. One thread at a time.
class Trainer {
public:
    // threads: with Threads::at_most the run may use a single one if that is faster. Throws NIB_ERR_INVALID_ARGUMENT
    // for options out of range, NIB_ERR_MISMATCH for data with another vocabulary or other columns. model and data must
    // outlive the trainer. ranks: with which this process trains, which must outlive it too; null: it trains alone.
    // They need as many segments (NIB_ERR_INVALID_ARGUMENT).
    Trainer(Model& model, const Dataset& data, const nib_train_options& options, int threads, Memory* memory,
            Threads how = Threads::fixed, const nib_collective* ranks = nullptr);
    Trainer(const Trainer&) = delete;
    Trainer& operator=(const Trainer&) = delete;

    std::int64_t step() const noexcept { return step_; }       // steps run
    int threads() const noexcept { return choice_.threads(); } // of the last steps
    const nib_train_options& options() const noexcept { return training_.options; }

    // Runs count steps, or as many as are left; returns how many. losses, if not null, receives the loss of each.
    // Throws Error(NIB_ERR_DIVERGED) if a loss is not finite: the model is then as it was before that step, and every
    // further call throws NIB_ERR_STATE. It also throws if a running statistic is not finite after these steps, or a
    // parameter after an observed step or the run's last; no step is undone then. Throws NIB_ERR_COMMUNICATION if the
    // ranks lost each other: the model is then as it was before that step, and every further call throws NIB_ERR_STATE.
    // observe: the last of these steps is measured, without changing its numbers.
    std::int64_t run(std::int64_t count, float* losses, bool observe = false);

    // The diagnostics of the last step run. Throws NIB_ERR_STATE if that step was not observed.
    const Diagnostics& diagnostics() const;

    // Writes the run to a file, or restores it from one: train/checkpoint.hpp. A run that has diverged cannot be saved
    // (NIB_ERR_STATE), but can be resumed from a file; so can one whose ranks lost each other. Several ranks resume
    // together, and compare what they found.
    void save(const std::string& path);
    void resume(const std::string& path);

    // The record that the ranks compare.
    RankIdentity identity() { return identity_of(as_run()); }

private:
    // A number of threads with their plan and workers.
    struct Crew {
        std::unique_ptr<StepPlan> plan;
        std::unique_ptr<Team> team;
        std::vector<Worker> workers;
        std::unique_ptr<Diagnostics> diagnostics; // created when first wanted
        std::uint64_t revision = 0;               // the model's, after the last piece
    };
    Crew make_crew(int threads, Order order);
    Crew make_crew(int threads) { return make_crew(threads, order()); }
    Crew& crew_of(int threads);
    Crew& observing_crew(int threads);
    Order order() const { return order_of_step(training_.model, training_.options.batch_size); }
    TrainingRun as_run() { return {training_.model, training_.optimizer, step_, training_.data, training_.options}; }
    void load(const std::string& path);
    std::int64_t run_together(std::int64_t count, float* losses, bool observe);
    void run_pieces(std::int64_t count, float* losses, bool observe);
    void run_piece(const ThreadChoice::Piece& piece, float* losses, bool observe);
    void measure();
    void check_numbers(bool all);
    void check_running() const;
    void work(Crew& crew, int thread, std::int64_t count, float* losses, Observation* observation);

    Training training_;
    ThreadChoice choice_;
    Crew all_, alone_;         // the second is created when it is first tried
    Crew observing_;           // for steps that are otherwise by example; created when first wanted
    Crew* observed_ = nullptr; // the crew of the last observed step
    std::int64_t step_ = 0;
    // apart: the ranks lost each other, or this one failed alone.
    enum class Condition { running, diverged, apart } condition_ = Condition::running;
};

} // namespace nib
