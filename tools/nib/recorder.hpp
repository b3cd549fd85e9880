// What nib train writes down of a run, for people and programs that look at it later or meanwhile.
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
        std::int64_t stats_every; // steps between two with statistics; 0: none has any
        EventFile* events;        // nullptr: none
    };

    // model: the one that is trained.
    Recorder(const nib::model& model, MetricsWriter& metrics, const Options& options);

    // Steps from `step` on to the next one with statistics, that one included; at most `most`.
    std::int64_t piece(std::int64_t step, std::int64_t most) const noexcept;
    bool has_statistics(std::int64_t step) const noexcept
    {
        return options_.stats_every > 0 && step % options_.stats_every == 0;
    }

    // The losses of the steps from first on, which just ended.
    void add(const nib::trainer& trainer, std::int64_t first, std::span<const float> losses);

    // The trainer's last step, `step`, was observed.
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

    MetricsWriter& metrics_;
    Options options_;
    std::int64_t loss_every_, last_statistics_;
    std::vector<std::int32_t> matrices_; // the tensors that are recorded
    Clock::time_point begin_ = Clock::now(), then_ = begin_;
    std::vector<StepRecord> records_; // of one call
};

} // namespace nib::cli
