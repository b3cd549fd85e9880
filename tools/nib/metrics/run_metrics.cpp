#include "metrics/run_metrics.hpp"

#include "metrics/reader.hpp"

#include <cstddef>
#include <variant>

namespace nib::cli {
namespace {

void add(RunMetrics& run, const RunRecord& record)
{
    run.choices =
        record.data.vocabulary > 0 ? record.data.vocabulary : static_cast<double>(record.data.classes.value_or(0));
    run.learning_rate = record.train.learning_rate;
    run.batch_size = record.train.batch_size;
    run.steps = record.steps;
    run.warmup_steps = record.train.warmup_steps;
    run.network = layers_of(record.model.network);
}

StatisticsFigures figures_of(const StatisticsRecord& record)
{
    StatisticsFigures figures{record.step, {}, {}};
    for (std::size_t i = 0; i < record.activations.size(); ++i) {
        const ActivationsRecord& layer = record.activations[i];
        figures.layers.push_back(
            {layer.name, layer.kind, layer.std, layer.saturated, layer.dead, layer.units, record.gradients[i].std});
    }
    for (const ParameterRecord& parameter : record.parameters)
        figures.parameters.push_back({parameter.name, parameter.update_data});
    return figures;
}

// Code that looks at the run accesses its layers and parameters by their numbers.
std::string add(RunMetrics& run, const StatisticsRecord& record)
{
    if (record.activations.size() != record.gradients.size())
        return "expected as many \"gradients\" as \"activations\"";
    if (!run.statistics.empty()) {
        const StatisticsFigures& first = run.statistics.front();
        if (record.activations.size() != first.layers.size() || record.parameters.size() != first.parameters.size())
            return "expected the layers and parameters of the statistics before";
    }
    run.statistics.push_back(figures_of(record));
    return "";
}

} // namespace

std::string add_record(RunMetrics& run, const Record& record)
{
    if (!record.fault.empty()) return record.fault;
    if (const auto* const of_run = std::get_if<RunRecord>(&record.what)) add(run, *of_run);
    if (const auto* const step = std::get_if<StepRecord>(&record.what))
        run.losses.push_back({step->step, step->loss, step->learning_rate});
    if (const auto* const statistics = std::get_if<StatisticsRecord>(&record.what)) return add(run, *statistics);
    if (const auto* const divergence = std::get_if<DivergenceRecord>(&record.what)) {
        run.diverged_at = divergence->step;
        run.divergence = divergence->message;
    }
    if (const auto* const validation = std::get_if<ValidationRecord>(&record.what))
        run.validation.push_back(*validation);
    return "";
}

RunMetrics read_metrics(const std::string& folder)
{
    RunMetrics run;
    MetricsReader reader(metrics_path(folder));
    while (reader.next()) {
        const std::string fault = add_record(run, reader.record());
        if (!fault.empty()) reader.damaged("no record of nib train: " + fault);
    }
    if (run.steps == 0) throw Failure(metrics_path(folder) + " has no record of a run");
    return run;
}

} // namespace nib::cli
