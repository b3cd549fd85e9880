// The records that nib train writes during a run, for people and programs that look at it then or later.
#pragma once

#include "metrics/writer.hpp"
#include "tensorboard.hpp"

#include "nib/nib.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nib::cli {

class Recorder {
public:
    struct Options {
        std::int64_t steps;       // of the whole run
        std::int64_t log_every;   // steps between two printed losses; 0: none is printed
        std::int64_t stats_every; // steps between two with statistics; 0: no step has any
        EventFile* events;        // nullptr: none
    };

    // model: the one that is being trained, which must outlive the recorder.
    Recorder(const nib::model& model, MetricsWriter& metrics, const Options& options);

    // The number of steps from `step` up to and including the next one with statistics; at most `most`.
    std::int64_t piece(std::int64_t step, std::int64_t most) const noexcept;
    bool has_statistics(std::int64_t step) const noexcept
    {
        return options_.stats_every > 0 && step % options_.stats_every == 0;
    }

    // Adds the losses of the steps from first on, which have just ended.
    void add(const nib::trainer& trainer, std::int64_t first, std::span<const float> losses);

    // Adds the statistics of the trainer's last step, `step`, which was observed.
    void observe(const nib::trainer& trainer, std::int64_t step);

    void add_divergence(std::int64_t step, const std::string& message)
    {
        metrics_.add(DivergenceRecord{step, message});
    }
    void add_validation(const ValidationRecord& record);
    void add_evaluation(const EvaluationRecord& record);
    void add_best(const BestRecord& record) { metrics_.add(record); }

private:
    using Clock = std::chrono::steady_clock;

    bool is_recorded(std::int64_t step) const noexcept;
    bool has_histograms(std::int64_t step) const noexcept;
    void add_saturation(const nib::trainer& trainer, std::int64_t step, std::int32_t layers);
    void add_filters(std::int64_t step);

    const nib::model& model_;
    MetricsWriter& metrics_;
    Options options_;
    std::int64_t loss_every_, last_statistics_;
    std::vector<std::int32_t> matrices_; // the tensors that are recorded
    Clock::time_point begin_ = Clock::now(), then_ = begin_;
    std::vector<StepRecord> records_; // of one call
};

} // namespace nib::cli
