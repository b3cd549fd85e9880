#include "report_data.hpp"

#include "base64.hpp"
#include "checkup.hpp"
#include "choice.hpp"
#include "metrics/reader.hpp"
#include "metrics/run_metrics.hpp"
#include "network_text.hpp"
#include "report_answer.hpp"
#include "report_picture.hpp"
#include "thin.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ios>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace nib::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_maps_bytes = 400'000; // of the saturation maps: those of 60 layers of 256 units and 128 rows
constexpr std::size_t most_frames = 120;         // steps of the slider: on a phone, a third of a millimetre each
constexpr std::size_t most_points = 400;         // of a curve that has no noise worth showing
constexpr std::size_t most_samples = 50;
constexpr std::size_t most_cells = 64 * 64;   // of a confusion matrix
constexpr std::size_t most_run_bytes = 65536; // of the record of the run: far above what nib train writes

// The data kept of the file. A record of statistics has 10 kB and more, and there may be thousands: only the offsets of
// these are kept, and those that are shown are read again.
struct Records {
    Json run = Json::object();
    std::string network;
    std::vector<Point> losses, rates, seconds_at, validation;
    std::vector<std::streamoff> stats, histograms; // all, and those with histograms
    std::size_t picture_bytes = 1;                 // of the largest one
    Json saturation = Json::array();
    std::size_t saturation_bytes = 0, saturation_left_out = 0;
    Json filters = Json::array(); // the first ones and the last ones
    Json best, metrics, samples = Json::array(), seconds;
    Outcome outcome;
    std::optional<RunMetrics> figures = RunMetrics(); // none once a record is not one that the doctor can judge
};

StatisticsRecord statistics_at(MetricsReader& reader, std::streamoff offset)
{
    Record record = reader.record_at(offset);
    if (auto* const statistics = std::get_if<StatisticsRecord>(&record.what)) return std::move(*statistics);
    reader.changed();
}

void add_stats(Json& run, MetricsReader& reader, const Records& records, std::size_t picture_bytes)
{
    run["pictures"] = Json::array();
    run["update_data"] = {{"names", Json::array()}, {"steps", Json::array()}, {"values", Json::array()}};
    run["saturated"] = {
        {"names", Json::array()}, {"kinds", Json::array()}, {"steps", Json::array()}, {"values", Json::array()}};
    run["gradient_norm"] = Json::array();
    for (const std::size_t index : chosen(records.stats.size(), most_points)) {
        const StatisticsRecord record = statistics_at(reader, records.stats[index]);
        add_update_data(run["update_data"], record);
        add_saturated(run["saturated"], record);
        add_gradient_norm(run["gradient_norm"], record);
    }
    const std::size_t count = std::clamp<std::size_t>(picture_bytes / records.picture_bytes, 2, most_frames);
    for (const std::size_t index : chosen(records.histograms.size(), count))
        run["pictures"].push_back(picture_of(statistics_at(reader, records.histograms[index])));
}

Json points_of(const std::vector<Point>& points)
{
    Json result = Json::array();
    for (const Point& point : points) result.push_back({point.x, rounded(point.y, 7)});
    return result;
}

void keep(Records& records, const RunRecord& record, const MetricsReader& reader)
{
    if (reader.line().size() > most_run_bytes) throw NoRecord("expected up to 64 KiB as the record of a run");
    records.run = record.all;
    records.network = record.model.network;
    Outcome& outcome = records.outcome;
    outcome.is_text = record.data.vocabulary > 0;
    outcome.choices = outcome.is_text ? record.data.vocabulary : static_cast<double>(record.data.classes.value_or(0));
    outcome.unigram_loss = record.data.unigram_loss;
    outcome.steps = record.steps;
}

void keep(Records& records, const StepRecord& record, const MetricsReader&)
{
    records.losses.push_back({number_of(record.step), record.loss});
    records.rates.push_back({number_of(record.step), record.learning_rate});
    records.seconds_at.push_back({number_of(record.step), record.seconds});
    records.outcome.steps_run = record.step + 1;
}

bool has_histogram(const StatisticsRecord& record)
{
    const auto has = [](const auto& part) { return part.histogram.has_value(); };
    return std::any_of(record.activations.begin(), record.activations.end(), has) ||
           std::any_of(record.gradients.begin(), record.gradients.end(), has) ||
           std::any_of(record.parameters.begin(), record.parameters.end(), has);
}

void keep(Records& records, const StatisticsRecord& record, const MetricsReader& reader)
{
    check_size(record);
    records.stats.push_back(reader.offset());
    if (!has_histogram(record)) return;
    records.histograms.push_back(reader.offset());
    records.picture_bytes =
        std::max(records.picture_bytes, picture_of(record).dump(-1, ' ', false, Json::error_handler_t::replace).size());
}

// Keeps the maps that fit. Steps and layers whose maps do not fit are counted.
void keep(Records& records, const SaturationRecord& record, const MetricsReader&)
{
    const std::size_t size = record.bits.size();
    if (records.saturation_bytes + size > most_maps_bytes) {
        ++records.saturation_left_out;
        return;
    }
    const auto units = static_cast<double>(record.units), rows = static_cast<double>(record.rows);
    const double bytes = std::ceil(units * rows / 8);
    if (units < 1 || rows < 1 || static_cast<double>(size) != 4 * std::ceil(bytes / 3))
        throw NoRecord("expected the base64 of \"units\" x \"rows\" bits as \"bits\"");
    records.saturation_bytes += size;
    records.saturation.push_back({{"step", shown_step(record.step)},
                                  {"layer", shown_text(record.layer)},
                                  {"units", units},
                                  {"rows", rows},
                                  {"bits", record.bits}});
}

// Each weight is a byte, 128 being 0: a screen shows no finer grey.
void keep(Records& records, const FiltersRecord& record, const MetricsReader&)
{
    std::int64_t numbers = are_drawable(record.shape) ? 1 : 0;
    for (const std::int64_t extent : record.shape) numbers *= extent;
    if (numbers < 1 || record.values.size() != static_cast<std::size_t>(numbers))
        throw NoRecord("expected the \"values\" of a convolution's \"shape\", with 1 or 3 input channels for pictures");
    double peak = 0;
    for (const double each : record.values) peak = std::isfinite(each) ? std::max(peak, std::abs(each)) : peak;
    std::vector<unsigned char> bytes;
    for (const double each : record.values) {
        const double share = std::isfinite(each) && peak > 0 ? each / peak : 0;
        bytes.push_back(static_cast<unsigned char>(128 + std::lround(127 * share)));
    }
    if (records.filters.size() == 2) records.filters.erase(1);
    records.filters.push_back({{"step", shown_step(record.step)},
                               {"name", shown_text(record.name)},
                               {"shape", record.shape},
                               {"peak", rounded(peak)},
                               {"weights", base64(bytes)}});
}

void keep(Records& records, const ValidationRecord& record, const MetricsReader&)
{
    records.validation.push_back({number_of(record.step), record.val});
    std::optional<double>& lowest = records.outcome.lowest_validation;
    if (std::isfinite(record.val)) lowest = std::min(lowest.value_or(record.val), record.val);
}

void keep(Records& records, const BestRecord& record, const MetricsReader&)
{
    records.outcome.best = record;
    records.best = {{"step", shown_step(record.step)}, {"val", rounded(record.val, 17)}};
}

void keep(Records& records, const EvaluationRecord& record, const MetricsReader&)
{
    records.outcome.evaluation = record;
}

void keep(Records& records, const MetricsRecord& record, const MetricsReader&)
{
    if (record.confusion.size() > most_cells || record.truth.size() > most_points + 100 ||
        record.truth.size() != record.predicted.size())
        throw NoRecord("expected up to 64 classes, and as many predictions as truths");
    records.outcome.metrics = record;
    Json classes = Json::array(), rows = Json::array();
    const bool is_shown = record.confusion.size() == record.classes.size() * record.classes.size();
    for (std::size_t i = 0; is_shown && i < record.classes.size(); ++i)
        classes.push_back(shown_text(record.classes[i]));
    for (std::size_t i = 0; i < record.truth.size(); ++i)
        rows.push_back({rounded(record.truth[i], 7), rounded(record.predicted[i], 7)});
    Json confusion = Json::array();
    for (std::size_t i = 0; is_shown && i < record.confusion.size(); ++i)
        confusion.push_back(rounded(record.confusion[i], 7));
    records.metrics = {{"accuracy", rounded(record.accuracy, 7)},
                       {"macro-F1", rounded(record.macro_f1, 7)},
                       {"AUC", rounded(record.auc, 7)},
                       {"RMSE", rounded(record.rmse, 7)},
                       {"MAE", rounded(record.mae, 7)},
                       {"R2", rounded(record.r2, 7)},
                       {"classes", classes},
                       {"confusion", confusion},
                       {"target", shown_text(record.target)},
                       {"rows", rows}};
}

void keep(Records& records, const SamplesRecord& record, const MetricsReader&)
{
    records.samples = Json::array();
    for (const std::string& item : record.items)
        if (records.samples.size() < most_samples) records.samples.push_back(item.substr(0, most_text));
}

void keep(Records& records, const DivergenceRecord& record, const MetricsReader&)
{
    records.outcome.divergence = record.message.substr(0, most_text);
}

void keep(Records& records, const EndRecord& record, const MetricsReader&)
{
    records.outcome.has_ended = true;
    records.outcome.steps_run = record.step; // records of steps are thinned
    records.seconds = rounded(record.seconds, 17);
}

void keep(Records&, const OtherRecord&, const MetricsReader&) {}

Records read_records(MetricsReader& reader)
{
    Records records;
    while (reader.next()) {
        const Record record = reader.record();
        try {
            std::visit([&](const auto& what) { keep(records, what, reader); }, record.what);
        } catch (const NoRecord& failure) {
            reader.damaged(failure.what());
        }
        if (records.figures && !add_record(*records.figures, record).empty()) records.figures.reset();
    }
    return records;
}

// The words of the network's layers by their positions, with which the names of layers and tensors begin.
Json words_of(const std::string& network)
{
    Json words = Json::object();
    for (const TextLayer& layer : layers_of(network)) words[layer.position] = shown_text(layer.word);
    return words;
}

constexpr const char* health_words[] = {"good", "bad", "unknown"};

// Returns none for a run that the doctor cannot judge: the page shows what there is.
Json checks_of(const std::optional<RunMetrics>& figures)
{
    Json checks = Json::array();
    if (!figures || figures->steps == 0) return checks;
    for (const Verdict& each : check_up(*figures)) {
        checks.push_back({{"check", each.check},
                          {"health", name_of(health_words, each.health)},
                          {"measured", each.measured},
                          {"healthy", each.healthy},
                          {"advice", each.advice}});
    }
    return checks;
}

} // namespace

Json read_run(const std::string& folder, std::size_t picture_bytes)
{
    MetricsReader reader(metrics_path(folder));
    const Records records = read_records(reader);

    Json run;
    run["run"] = records.run;
    const auto data = run["run"].find("data");
    if (data != run["run"].end() && data->is_object())
        for (const char* each : {key::path, key::val_path, key::test_path, key::labels_path})
            data->erase(each); // the page may be moved to another machine
    run["words"] = words_of(records.network);
    run["answer"] = answer_of(records.outcome);
    run["checks"] = checks_of(records.figures);
    run["loss"] = points_of(envelope(records.losses));
    run["smoothed_loss"] = points_of(smoothed(records.losses));
    run["validation"] = points_of(envelope(records.validation));
    run["learning_rate"] = points_of(evenly(records.rates, most_points));
    run["speed"] = points_of(speed(records.seconds_at));
    add_stats(run, reader, records, picture_bytes);
    run["saturation"] = records.saturation;
    run["saturation_left_out"] = records.saturation_left_out;
    run["filters"] = records.filters;
    run["best"] = records.best;
    run["metrics"] = records.metrics;
    run["samples"] = records.samples;
    run["seconds"] = records.seconds;
    return run;
}

} // namespace nib::cli
