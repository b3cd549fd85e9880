// A training run: steps over a model, in one parallel region for as long as a call asks.
#pragma once

#include "train/diagnostics.hpp"
#include "train/thread_choice.hpp"
#include "train/worker.hpp"

#include <memory>
#include <string>

namespace nib {

enum class Threads { fixed, at_most };

// Trains the model in place. The result has the same bits for any number of threads. One thread at a time.
class Trainer {
public:
    // threads: with Threads::at_most the run may use one where that is faster. Throws Error: NIB_ERR_INVALID_ARGUMENT
    // for options out of range, NIB_ERR_MISMATCH for data of another vocabulary or of other columns. model and data
    // must outlive the trainer.
    Trainer(Model& model, const Dataset& data, const nib_train_options& options, int threads, Memory* memory,
            Threads how = Threads::fixed);
    Trainer(const Trainer&) = delete;
    Trainer& operator=(const Trainer&) = delete;

    std::int64_t step() const noexcept { return step_; }       // steps run
    int threads() const noexcept { return choice_.threads(); } // that the last steps were computed with
    const nib_train_options& options() const noexcept { return training_.options; }

    // Runs count steps, or as many as are left; returns how many. losses, if not null, gets each one's loss. Throws
    // Error(NIB_ERR_DIVERGED) when a loss is not finite: the model is as it was before that step, and every further
    // call throws NIB_ERR_STATE. The same where a running statistic is not finite after these steps, or a parameter
    // after an observed step or the run's last; no step is undone then. observe: the last of these steps is measured,
    // at the same numbers.
    std::int64_t run(std::int64_t count, float* losses, bool observe = false);

    // Of the last step run. Throws NIB_ERR_STATE where that was not observed.
    const Diagnostics& diagnostics() const;

    // Writes the run to a file, and puts it where a file was written: train/checkpoint.hpp. A run that has diverged
    // cannot be saved (NIB_ERR_STATE), but can go on from a file.
    void save(const std::string& path);
    void resume(const std::string& path);

private:
    // Threads with what they work with.
    struct Crew {
        std::unique_ptr<StepPlan> plan;
        std::unique_ptr<Team> team;
        std::vector<Worker> workers;
        std::unique_ptr<Diagnostics> diagnostics; // made when first wanted
        std::uint64_t revision = 0;               // of the model, behind the last piece
    };
    Crew make_crew(int threads, Order order);
    Crew make_crew(int threads) { return make_crew(threads, order()); }
    Crew& crew_of(int threads);
    Crew& observing_crew(int threads);
    Order order() const { return order_of_step(training_.model, training_.options.batch_size); }
    void run_piece(const ThreadChoice::Piece& piece, float* losses, bool observe);
    void check_numbers(bool all);
    void check_running() const;
    void work(Crew& crew, int thread, std::int64_t count, float* losses, Observation* observation);

    Training training_;
    ThreadChoice choice_;
    Crew all_, alone_;         // the second is made when it is first tried
    Crew observing_;           // for steps that are by example otherwise; made when first wanted
    Crew* observed_ = nullptr; // that ran the last observed step
    std::int64_t step_ = 0;
    bool diverged_ = false;
};

} // namespace nib
