#include "recorder.hpp"

#include "base64.hpp"
#include "choice.hpp"
#include "network_text.hpp"
#include "run_log.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <string>

namespace nib::cli {
namespace {

constexpr std::int64_t first_steps = 100;   // in these, a badly initialised network's loss falls
constexpr std::int64_t loss_records = 1000; // at least, in a run
// The approximate number in a run: a slider has no use for more, and each has 10 kB or more.
constexpr std::int64_t histogram_records = 100;
// The largest map of saturated units, in bits: in base64 11 MiB, where readers accept lines of 16.
constexpr std::size_t most_map_bits = std::size_t{1} << 26;

double seconds_between(std::chrono::steady_clock::time_point a, std::chrono::steady_clock::time_point b)
{
    return std::chrono::duration<double>(b - a).count();
}

// Weight matrices and the embedding. Biases and the vectors of norms change differently: compared with any update, a
// bias that begins at 0 is small.
std::vector<std::int32_t> matrices_of(const nib::model& model)
{
    const std::vector<TextLayer> layers = layers_of(model.options().network);
    std::vector<std::int32_t> indices;
    for (std::int32_t i = 0; i < model.info().tensors; ++i) {
        const std::string name = model.tensor_info(i).name;
        const TextLayer* const layer = find_layer(layers, name);
        const bool is_norm = layer != nullptr && layer->word.ends_with("norm");
        if (name.ends_with(".weight") && !is_norm) indices.push_back(i);
    }
    return indices;
}

// The number of layers that have statistics.
std::int32_t layers_of(const nib::trainer& trainer)
{
    auto statistics = sized<nib_layer_statistics>();
    std::int32_t count = 0;
    while (nib_trainer_layer_statistics(trainer.get(), count, &statistics) == NIB_OK) ++count;
    return count;
}

SaturationRecord saturation_of(std::int64_t step, const nib_layer_statistics& layer, const std::vector<float>& slopes)
{
    constexpr float limit = 0.0199f; // tanh's slope at 0.99
    const auto units = static_cast<std::size_t>(layer.units), rows = static_cast<std::size_t>(layer.rows);
    const auto positions = static_cast<std::size_t>(layer.positions);
    const auto is_saturated = [&](std::size_t unit, std::size_t row) {
        for (std::size_t i = unit * positions; i < (unit + 1) * positions; ++i)
            if (!(std::fabs(slopes[i * rows + row]) < limit)) return false;
        return true;
    };
    std::vector<unsigned char> bits((units * rows + 7) / 8);
    for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t unit = 0; unit < units; ++unit) {
            const std::size_t bit = row * units + unit;
            if (is_saturated(unit, row)) bits[bit / 8] = static_cast<unsigned char>(bits[bit / 8] | 0x80 >> bit % 8);
        }
    }
    return {step, layer.name, layer.units, layer.rows, base64(bits)};
}

std::optional<Histogram> histogram_of(const nib::trainer& trainer, nib_quantity quantity, std::int32_t index)
{
    const nib_histogram histogram = trainer.histogram(quantity, index);
    return Histogram{histogram.min, histogram.max, {std::begin(histogram.density), std::end(histogram.density)}};
}

void add_layer(StatisticsRecord& record, const nib::trainer& trainer, std::int32_t index, bool histograms)
{
    const nib_layer_statistics s = trainer.layer_statistics(index);
    const std::string name = s.name, kind = name_of(activation_names, s.activation);
    record.rows = s.rows;
    record.activations.push_back({name, kind, s.mean, s.std, s.saturated, static_cast<double>(s.dead),
                                  static_cast<double>(s.units), std::nullopt});
    record.gradients.push_back({name, kind, s.gradient_mean, s.gradient_std, std::nullopt});
    if (!histograms) return;
    record.activations.back().histogram = histogram_of(trainer, NIB_ACTIVATIONS, index);
    record.gradients.back().histogram = histogram_of(trainer, NIB_ACTIVATION_GRADIENTS, index);
}

void add_parameter(StatisticsRecord& record, const nib::trainer& trainer, std::int32_t index, bool histograms)
{
    const nib_tensor_statistics s = trainer.tensor_statistics(index);
    record.parameters.push_back({s.name,
                                 {s.rows, s.columns},
                                 s.mean,
                                 s.std,
                                 s.gradient_mean,
                                 s.gradient_std,
                                 s.gradient_to_data,
                                 s.log10_update_to_data,
                                 std::nullopt});
    if (histograms) record.parameters.back().histogram = histogram_of(trainer, NIB_PARAMETER_GRADIENTS, index);
}

} // namespace

Recorder::Recorder(const nib::model& model, MetricsWriter& metrics, const Options& options)
    : model_(model),
      metrics_(metrics),
      options_(options),
      loss_every_(round_interval(options.steps, loss_records)),
      last_statistics_(options.stats_every > 0 ? (options.steps - 1) / options.stats_every * options.stats_every : -1),
      matrices_(matrices_of(model))
{
}

std::int64_t Recorder::piece(std::int64_t step, std::int64_t most) const noexcept
{
    if (options_.stats_every == 0) return most;
    const std::int64_t since = step % options_.stats_every;
    return std::min(most, since == 0 ? 1 : options_.stats_every - since + 1);
}

bool Recorder::is_recorded(std::int64_t step) const noexcept
{
    return step < first_steps || step % loss_every_ == 0 || step + 1 == options_.steps || has_statistics(step) ||
           (options_.log_every > 0 && step % options_.log_every == 0);
}

bool Recorder::has_histograms(std::int64_t step) const noexcept
{
    const std::int64_t records = last_statistics_ / options_.stats_every + 1;
    const std::int64_t every = (records + histogram_records - 1) / histogram_records;
    return step / options_.stats_every % every == 0 || step == last_statistics_;
}

// The steps of a call are assumed to have taken equal times.
void Recorder::add(const nib::trainer& trainer, std::int64_t first, std::span<const float> losses)
{
    const Clock::time_point now = Clock::now();
    const double begin = seconds_between(begin_, then_);
    const double each = seconds_between(then_, now) / static_cast<double>(std::max<std::size_t>(losses.size(), 1));
    records_.clear();
    for (std::size_t i = 0; i < losses.size(); ++i) {
        const std::int64_t step = first + static_cast<std::int64_t>(i);
        if (!is_recorded(step)) continue;
        records_.push_back({step, static_cast<double>(losses[i]), trainer.learning_rate(step),
                            begin + each * static_cast<double>(i + 1)});
    }
    then_ = now;
    if (records_.empty()) return;
    metrics_.add_steps(records_);
    if (options_.events != nullptr) options_.events->add(records_);
}

void Recorder::observe(const nib::trainer& trainer, std::int64_t step)
{
    StatisticsRecord record{step, {}, {}, {}, 0};
    const bool histograms = has_histograms(step);
    const std::int32_t layers = layers_of(trainer);
    for (std::int32_t i = 0; i < layers; ++i) add_layer(record, trainer, i, histograms);
    for (const std::int32_t i : matrices_) add_parameter(record, trainer, i, histograms);
    metrics_.add(record);
    if (options_.events != nullptr) options_.events->add(record);
    if (step != 0 && step != last_statistics_) return;
    add_saturation(trainer, step, layers);
    add_filters(step);
}

void Recorder::add_saturation(const nib::trainer& trainer, std::int64_t step, std::int32_t layers)
{
    for (std::int32_t i = 0; i < layers; ++i) {
        const nib_layer_statistics layer = trainer.layer_statistics(i);
        const std::size_t bits = static_cast<std::size_t>(layer.units) * static_cast<std::size_t>(layer.rows);
        if (bits > most_map_bits) continue;
        metrics_.add(saturation_of(step, layer, trainer.values(NIB_ACTIVATION_SLOPES, i)));
    }
}

void Recorder::add_filters(std::int64_t step)
{
    if (model_.info().tensors == 0) return;
    const nib_tensor_info info = model_.tensor_info(0);
    const std::vector<std::int64_t> shape(info.shape, info.shape + info.rank);
    if (!are_drawable(shape)) return;
    const std::vector<float> values = model_.tensor(0);
    metrics_.add(FiltersRecord{step, info.name, shape, {values.begin(), values.end()}});
}

void Recorder::add_validation(const ValidationRecord& record)
{
    metrics_.add(record);
    if (options_.events != nullptr) options_.events->add(record);
}

void Recorder::add_evaluation(const EvaluationRecord& record)
{
    metrics_.add(record);
    if (options_.events != nullptr) options_.events->add(record);
}

} // namespace nib::cli
