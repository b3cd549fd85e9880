// A training run: steps over a model, in one parallel region for as long as a call asks.
#pragma once

#include "train/diagnostics.hpp"
#include "train/worker.hpp"

#include <memory>
#include <string>

namespace nib {

// Trains the model in place. The result has the same bits for any number of threads. One thread at a time.
class Trainer {
public:
    // Throws Error: NIB_ERR_INVALID_ARGUMENT for options out of range, NIB_ERR_MISMATCH for another vocabulary. model
    // and text must outlive the trainer.
    Trainer(Model& model, const Text& text, const nib_train_options& options, int threads, Memory* memory);

    std::int64_t step() const noexcept { return step_; } // steps run
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
    void make_workers(int threads);
    void check_numbers(bool all);
    void check_running() const;
    void work(int thread, std::int64_t count, float* losses, Observation* observation);

    Training training_;
    std::unique_ptr<StepPlan> plan_;
    std::unique_ptr<Team> team_;
    std::vector<Worker> workers_;
    std::unique_ptr<Diagnostics> diagnostics_; // made when first wanted
    std::int64_t step_ = 0;
    bool diverged_ = false;
};

} // namespace nib
