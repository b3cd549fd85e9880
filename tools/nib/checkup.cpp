#include "checkup.hpp"

#include "advice.hpp"
#include "formatted.hpp"
#include "network_text.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nib::cli {
namespace {

// Limits. Beside each: the values of the presets' runs on the lecture's names, healthy ones | ill ones.
constexpr double most_initial_loss = 1.1; // times ln(choices). 1.01 | lecture-original 8.5
constexpr double most_saturated = 0.4;    // share of a layer. 0.31 | lecture-softmax 0.69, gain 3 0.48
constexpr double most_dead = 0.1;         // share of a layer. 0 | lecture-batchnorm at rate 10 0.6
constexpr double least_rows = 16;         // of a minibatch; with fewer, a unit looks dead by chance
constexpr double least_fading = 0.6;      // last layer's std over the first's. 0.88 | gain 1 without batchnorm 0.53
constexpr double most_growing = 1 / least_fading;
constexpr double most_gradients = 3;        // largest std of a layer's over the smallest. 1.9 | gain 0.5 16, gain 3 3.3
constexpr double most_update = -1.75;       // log10, of the median parameter. -1.9 | lecture-deep at rate 1 -1.66
constexpr double least_update = -4.5;       // lecture-softmax -2.8 | lecture-deep at rate 1e-3 -4.6
constexpr double most_single_update = -0.7; // of one parameter. Output weights that begin near 0 -1.0 | rate 10 -0.5
constexpr double least_single_update = -5.5; // embeddings, where a minibatch touches few rows, -4.3 | rate 1e-6 -8.9
constexpr double aim = -3;                   // for update:data
constexpr double least_fall = 0.97;          // last losses over the first. 0.74 | rate 1e-6 0.99
constexpr std::int64_t least_steps = 50;     // needed for a loss to fall
constexpr double most_rise = 1.02;           // last validation loss over the lowest. 1 | 500 names, memorised, 1.17
constexpr double least_still = 0.99;         // over the previous one. 0.996 | at 10,500 of 15,000 steps 0.983
constexpr std::size_t least_evaluations = 3; // needed for a curve

// The lower middle one of an even number; NaN if there is none. Numbers that are not finite are left out.
double median(std::vector<double> x)
{
    std::erase_if(x, [](double each) { return !std::isfinite(each); });
    if (x.empty()) return std::numeric_limits<double>::quiet_NaN();
    const auto middle = x.begin() + static_cast<std::ptrdiff_t>((x.size() - 1) / 2);
    std::nth_element(x.begin(), middle, x.end());
    return *middle;
}

Verdict unknown(const char* check, std::string why) { return {Health::unknown, check, std::move(why), "", ""}; }

Verdict verdict(const char* check, bool good, std::string measured, std::string healthy, std::string advice)
{
    return {good ? Health::good : Health::bad, check, std::move(measured), std::move(healthy),
            good ? "" : std::move(advice)};
}

constexpr const char* no_statistics = "no statistics: train with --stats-every above 0";
constexpr const char* no_hidden_layer = "the network has no hidden layer";

Verdict initial_loss(const RunMetrics& run)
{
    constexpr const char* check = "initial loss";
    if (run.losses.empty() || run.losses.front().step != 0) return unknown(check, "no loss of step 0");
    if (!(run.choices > 1)) return unknown(check, "a loss of numbers has no value that is the same for all data");
    const double loss = run.losses.front().loss, uniform = std::log(run.choices);
    return verdict(check, loss <= most_initial_loss * uniform, formatted("%.4f", loss),
                   formatted("up to %.2f, as ln %.0f = %.2f is that of a network that prefers no answer",
                             most_initial_loss * uniform, run.choices, uniform),
                   "the last layer is too confident: " + smaller_output(run.network));
}

// A figure of a layer over the run: in the first record, and the median of all records.
struct LayerOverRun {
    std::string name, kind;
    double first, typical; // shares
};

std::vector<LayerOverRun> over_run(const RunMetrics& run, double (*share)(const LayerFigures&))
{
    std::vector<LayerOverRun> layers;
    for (std::size_t i = 0; i < run.statistics.front().layers.size(); ++i) {
        std::vector<double> all;
        for (const StatisticsFigures& record : run.statistics) all.push_back(share(record.layers[i]));
        const LayerFigures& layer = run.statistics.front().layers[i];
        layers.push_back({layer.name, layer.kind, all.front(), median(all)});
    }
    return layers;
}

const LayerOverRun& worst_of(const std::vector<LayerOverRun>& layers)
{
    return *std::max_element(layers.begin(), layers.end(), [](const LayerOverRun& a, const LayerOverRun& b) {
        return std::max(a.first, a.typical) < std::max(b.first, b.typical);
    });
}

Verdict saturation(const RunMetrics& run)
{
    constexpr const char* check = "saturation";
    std::vector<LayerOverRun> layers = over_run(run, [](const LayerFigures& layer) { return layer.saturated; });
    std::erase_if(layers, [](const LayerOverRun& layer) { return layer.kind != "tanh"; });
    if (layers.empty()) return unknown(check, "no hidden layer has tanh");
    const LayerOverRun& worst = worst_of(layers);
    const bool from_the_start = worst.first > most_saturated;
    return verdict(check, std::max(worst.first, worst.typical) <= most_saturated,
                   formatted("|tanh| > 0.97 in %.1f%% of %s at first, %.1f%% over the run", 100 * worst.first,
                             layer_label(worst.name, worst.kind).c_str(), 100 * worst.typical),
                   formatted("up to %.0f%% of a layer", 100 * most_saturated),
                   from_the_start ? "the weights begin too large: " + smaller_weights(run.network, worst.name)
                                  : std::string("training drove the units there: a lower --lr"));
}

Verdict dead_units(const RunMetrics& run)
{
    constexpr const char* check = "dead units";
    if (run.batch_size < least_rows)
        return unknown(check, formatted("fewer than %.0f examples in a minibatch", least_rows));
    const std::vector<LayerOverRun> layers =
        over_run(run, [](const LayerFigures& layer) { return layer.dead / layer.units; });
    const LayerOverRun& worst = worst_of(layers);
    return verdict(check, std::max(worst.first, worst.typical) <= most_dead,
                   formatted("saturated in every row: %.1f%% of %s at first, %.1f%% over the run", 100 * worst.first,
                             layer_label(worst.name, worst.kind).c_str(), 100 * worst.typical),
                   formatted("up to %.0f%% of a layer", 100 * most_dead),
                   worst.first > most_dead ? "the weights begin too large: " + smaller_weights(run.network, worst.name)
                                           : std::string("training killed them: a lower --lr"));
}

std::string label_of(const LayerFigures& layer) { return layer_label(layer.name, layer.kind); }

Verdict activation_std(const RunMetrics& run)
{
    const StatisticsFigures& record = run.statistics.front();
    const double first = record.layers.front().std, last = record.layers.back().std, ratio = last / first;
    const bool fades = !(ratio >= least_fading);
    return verdict("activation std", ratio >= least_fading && ratio <= most_growing,
                   formatted("%.3f in %s, %.3f in %s at step %lld", first, label_of(record.layers.front()).c_str(),
                             last, label_of(record.layers.back()).c_str(), static_cast<long long>(record.step)),
                   formatted("last over first %.1f to %.1f", least_fading, most_growing),
                   std::string("the signal ") + (fades ? "fades: " : "grows: ") + other_gain(run.network, fades));
}

Verdict gradient_std(const RunMetrics& run)
{
    const StatisticsFigures& record = run.statistics.front();
    const auto [least, most] = std::minmax_element(
        record.layers.begin(), record.layers.end(),
        [](const LayerFigures& a, const LayerFigures& b) { return a.gradient_std < b.gradient_std; });
    const double ratio = most->gradient_std / least->gradient_std;
    const bool first_is_least = least->name == record.layers.front().name;
    return verdict("gradient std", ratio <= most_gradients,
                   formatted("%.2e in %s, %.2e in %s at step %lld", least->gradient_std, label_of(*least).c_str(),
                             most->gradient_std, label_of(*most).c_str(), static_cast<long long>(record.step)),
                   formatted("within a factor of %.0f", most_gradients),
                   std::string("gradients ") + (first_is_least ? "fade" : "grow") +
                       " on their way back: " + other_gain(run.network, first_is_least));
}

// The records of steps whose learning rate was at least half of the run's highest: warm-up and decay reduce updates on
// purpose.
std::vector<const StatisticsFigures*> at_full_rate(const RunMetrics& run)
{
    double highest = 0;
    for (const StepFigures& step : run.losses) highest = std::max(highest, step.learning_rate);
    std::vector<const StatisticsFigures*> records;
    auto step = run.losses.begin();
    for (const StatisticsFigures& record : run.statistics) {
        while (step != run.losses.end() && step->step < record.step) ++step;
        if (step != run.losses.end() && step->step == record.step && step->learning_rate >= highest / 2)
            records.push_back(&record);
    }
    return records;
}

double median_update(const StatisticsFigures& record)
{
    std::vector<double> all;
    for (const ParameterFigures& parameter : record.parameters) all.push_back(parameter.update_data);
    return median(all);
}

// A parameter that never moved, or that is a single number, has no typical update: NaN.
std::vector<ParameterFigures> typical_updates(const std::vector<const StatisticsFigures*>& records)
{
    std::vector<ParameterFigures> parameters = records.front()->parameters;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        std::vector<double> all;
        all.reserve(records.size());
        for (const StatisticsFigures* record : records) all.push_back(record->parameters[i].update_data);
        parameters[i].update_data = median(all);
    }
    return parameters;
}

std::string update_advice(const RunMetrics& run, double measured, bool high, const std::string& names)
{
    const double rate = run.learning_rate * std::pow(10, aim - measured);
    std::string advice = high ? "the learning rate is too high" : "the learning rate is too low";
    if (!names.empty()) advice += " for " + names;
    if (std::isfinite(rate)) advice += formatted(": --lr near %.1g", rate);
    return advice;
}

Verdict updates(const RunMetrics& run)
{
    constexpr const char* check = "update:data";
    const std::vector<const StatisticsFigures*> records = at_full_rate(run);
    if (records.empty()) return unknown(check, "no statistics at the full learning rate");
    const StatisticsFigures typical{0, {}, typical_updates(records)};
    const double at_first = median_update(*records.front()), over_time = median_update(typical);
    std::string high, low;
    for (const ParameterFigures& each : typical.parameters) {
        const bool is_high = each.update_data > most_single_update, is_low = each.update_data < least_single_update;
        if (!is_high && !is_low) continue; // also if there is no figure
        std::string& list = is_high ? high : low;
        list +=
            (list.empty() ? "" : ", ") + tensor_label(run.network, each.name) + formatted(" (%.1f)", each.update_data);
    }
    const bool too_high = std::max(at_first, over_time) > most_update || !high.empty();
    const bool too_low = !too_high && (!(over_time >= least_update) || !low.empty());
    const bool overall = too_high ? std::max(at_first, over_time) > most_update : !(over_time >= least_update);
    return verdict(check, !too_high && !too_low,
                   formatted("log10 %.2f at step %lld, %.2f over the run, the median of %zu parameters", at_first,
                             static_cast<long long>(records.front()->step), over_time, typical.parameters.size()),
                   formatted("about %.0f: %.2f to %.2f, of each parameter %.1f to %.1f", aim, least_update, most_update,
                             least_single_update, most_single_update),
                   update_advice(run, too_high ? std::max(at_first, over_time) : over_time, too_high,
                                 overall    ? ""
                                 : too_high ? high
                                            : low));
}

Verdict loss(const RunMetrics& run)
{
    constexpr const char* check = "loss";
    if (run.diverged_at)
        return verdict(check, false, run.divergence, "finite, and falling", "the likely cause that is named here");
    if (run.losses.empty()) return unknown(check, "no step was run");
    const std::int64_t last = run.losses.back().step, begin = run.losses.front().step;
    if (last - begin < least_steps)
        return unknown(check, formatted("fewer than %lld steps", static_cast<long long>(least_steps)));
    std::vector<double> end;
    for (const StepFigures& step : run.losses)
        if (step.step >= last - (last - begin) / 10) end.push_back(step.loss);
    const double first = run.losses.front().loss, now = median(end);
    return verdict(check, begin != 0 || now <= least_fall * first,
                   formatted("%.4f at step %lld, %.4f in the last tenth", first, static_cast<long long>(begin), now),
                   formatted("finite, and falling: below %.2f", least_fall * first),
                   run.warmup_steps >= run.steps
                       ? "the warm-up does not end within the run: a --warmup below --steps"
                       : "nothing is learnt: see update:data, and whether the text can be predicted at all");
}

// The lowest point of a curve whose numbers are all finite.
std::size_t lowest(const std::vector<ValidationRecord>& curve)
{
    const auto less = [](const ValidationRecord& a, const ValidationRecord& b) { return a.val < b.val; };
    return static_cast<std::size_t>(std::min_element(curve.begin(), curve.end(), less) - curve.begin());
}

std::string overfitting_advice(const RunMetrics& run, std::int64_t best)
{
    return formatted("best.safetensors is the model of step %lld, and --patience ends a run there; to go lower, ",
                     static_cast<long long>(best)) +
           against_overfitting(run.network);
}

Verdict validation(const RunMetrics& run)
{
    constexpr const char* check = "validation";
    std::vector<ValidationRecord> curve = run.validation;
    std::erase_if(curve, [](const ValidationRecord& each) { return !std::isfinite(each.val); });
    if (curve.size() < least_evaluations)
        return unknown(check, formatted("fewer than %zu evaluations: train with --eval-every", least_evaluations));
    const ValidationRecord &best = curve[lowest(curve)], &last = curve.back(), &before = curve[curve.size() - 2];
    const bool is_last = best.step == last.step, rose = last.val > most_rise * best.val;
    const bool falls = is_last && last.val < least_still * before.val;
    std::string measured = formatted("lowest %.4f after step %lld", best.val, static_cast<long long>(best.step));
    if (!is_last)
        measured += formatted(", then up by %.1f%% to %.4f after step %lld", 100 * (last.val / best.val - 1), last.val,
                              static_cast<long long>(last.step));
    else
        measured += formatted(", the last, down by %.1f%% from the one before", 100 * (1 - last.val / before.val));
    return verdict(check, !rose && !falls, std::move(measured),
                   formatted("at its lowest at the end, or up by %.0f%% at most, and no longer falling by %.0f%%",
                             100 * (most_rise - 1), 100 * (1 - least_still)),
                   rose ? overfitting_advice(run, best.step)
                        : formatted("it is still falling: more --steps than %lld", static_cast<long long>(run.steps)));
}

} // namespace

std::vector<Verdict> check_up(const RunMetrics& run)
{
    const bool measured = !run.statistics.empty(), hidden = measured && !run.statistics.front().layers.empty();
    std::vector<Verdict> verdicts = {initial_loss(run)};
    const struct {
        const char* name;
        Verdict (*check)(const RunMetrics&);
    } of_layers[] = {{"saturation", saturation},
                     {"dead units", dead_units},
                     {"activation std", activation_std},
                     {"gradient std", gradient_std}};
    for (const auto& each : of_layers)
        verdicts.push_back(hidden ? each.check(run) : unknown(each.name, measured ? no_hidden_layer : no_statistics));
    verdicts.push_back(measured ? updates(run) : unknown("update:data", no_statistics));
    verdicts.push_back(loss(run));
    verdicts.push_back(validation(run));
    return verdicts;
}

} // namespace nib::cli
