#include "report_answer.hpp"

#include "formatted.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

namespace nib::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr double none = std::numeric_limits<double>::quiet_NaN();

// "97.1%", with more digits near the ends, where they make the difference.
std::string percent(double share)
{
    const double distance = std::min(std::fabs(share), std::fabs(1 - share));
    if (share != 0 && std::fabs(share) < 1e-6) return "less than 0.0001%";
    if (share < 1 && 1 - share < 1e-6) return "more than 99.9999%";
    if (share == 0 || share == 1) return formatted("%.0f%%", 100 * share);
    const char* const fine = share > 0.5 ? "%.4f%%" : "%.2g%%";
    return formatted(distance >= 0.01 ? "%.1f%%" : distance > 0.0001 ? "%.2f%%" : fine, 100 * share);
}

std::string loss_text(double loss)
{
    const double size = std::fabs(loss);
    return formatted(loss == 0 || (size >= 0.01 && size < 1000) ? "%.4f" : "%.4g", loss);
}

std::string number_text(double x)
{
    const double size = std::fabs(x);
    return formatted(size >= 1e4 && size < 1e9 ? "%.0f" : "%.4g", x);
}

std::string perplexity_text(double x) { return formatted(x < 1000 ? "%.2f" : "%.4g", x); }
long long shown(std::int64_t step) { return static_cast<long long>(step); }

// A name for a sentence: of at most 60 bytes, cut between two characters of UTF-8.
std::string short_name(const std::string& name)
{
    constexpr std::size_t most = 60;
    if (name.size() <= most) return name;
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
    return name.substr(0, end) + "\u2026";
}

// A value that is not finite is left out, and so is a guess.
void add_figure(Json& answer, const char* name, double value, std::string (*text)(double), double guess = none)
{
    if (!std::isfinite(value)) return;
    answer["figures"].push_back(
        {{"name", name}, {"value", text(value)}, {"guess", std::isfinite(guess) ? Json(text(guess)) : Json()}});
}

// The mean loss of a guess at each symbol or class that looks at nothing.
double guess_of_text(const Outcome& run) { return run.unigram_loss.value_or(std::log(run.choices)); }

double training_loss(const Outcome& run) { return run.evaluation ? run.evaluation->train : none; }

// The validation loss of the best model, or the last one, or the lowest one of the curve.
double best_loss(const Outcome& run)
{
    if (run.best && std::isfinite(run.best->val)) return run.best->val;
    if (run.evaluation && std::isfinite(run.evaluation->val)) return run.evaluation->val;
    return run.lowest_validation.value_or(none);
}

void add_losses(const Outcome& run, Json& answer, double loss, double guess)
{
    add_figure(answer, "validation loss", loss, loss_text, guess);
    add_figure(answer, "training loss", training_loss(run), loss_text);
}

void compare_text(const Outcome& run, Json& answer, double loss)
{
    const double guess = guess_of_text(run), uniform = std::log(run.choices);
    const std::string by_frequency = percent(std::exp(-guess)), by_chance = percent(std::exp(-uniform));
    if (loss >= guess)
        answer["compared"] =
            "That is no better than a guess by " +
            (run.unigram_loss ? "the frequency of symbols: " + by_frequency + "." : "chance: " + by_chance + ".");
    else if (run.unigram_loss)
        answer["compared"] = formatted("A guess by the frequency of symbols gives it %s, and one by chance %s.",
                                       by_frequency.c_str(), by_chance.c_str());
    else
        answer["compared"] = "A guess by chance gives it " + by_chance + ".";
}

// e to the power of minus the loss is the geometric mean of the probabilities; its reciprocal, the perplexity, is the
// number of equally likely symbols with the same loss.
void answer_text(const Outcome& run, Json& answer)
{
    const double loss = best_loss(run);
    if (!std::isfinite(loss) || !(run.choices > 1)) return add_losses(run, answer, loss, none);
    const double guess = guess_of_text(run);
    const double probability = std::max(std::exp(-loss), std::numeric_limits<double>::min()); // not 0
    answer["headline"] = "The model gives the right next symbol a probability of " + percent(probability) + ".";
    compare_text(run, answer, loss);
    add_figure(answer, "probability", probability, percent, std::exp(-guess));
    add_losses(run, answer, loss, guess);
    add_figure(answer, "perplexity", std::exp(loss), perplexity_text, std::exp(guess));
    answer["notes"].push_back("The probability is the geometric mean over the validation text, e to the power of minus "
                              "the loss in nats. The perplexity is the number of equally likely symbols that would "
                              "leave the same doubt.");
}

// The weights of the validation rows by true class; empty without a confusion matrix.
struct Classes {
    std::vector<double> of_class;
    double all = 0, right = 0;
    bool are_counts = true; // of rows, as all weights are whole
};

Classes classes_of(const MetricsRecord& metrics)
{
    const std::size_t n = metrics.classes.size();
    Classes found;
    if (n == 0 || metrics.confusion.size() != n * n) return found;
    found.of_class.resize(n);
    for (std::size_t i = 0; i < n * n; ++i) {
        const double weight = metrics.confusion[i];
        found.of_class[i / n] += weight;
        found.all += weight;
        if (i % (n + 1) == 0) found.right += weight;
        found.are_counts &= weight == std::floor(weight);
    }
    if (!std::isfinite(found.all) || !(found.all > 0)) return {};
    return found;
}

double entropy_of(const Classes& classes)
{
    double sum = 0;
    for (const double weight : classes.of_class)
        if (weight > 0) sum -= weight / classes.all * std::log(weight / classes.all);
    return sum;
}

void compare_classes(const Outcome& run, const Classes& classes, Json& answer)
{
    const MetricsRecord& metrics = *run.metrics;
    if (classes.of_class.empty()) {
        if (run.choices > 1) answer["compared"] = "A guess by chance is right about " + percent(1 / run.choices) + ".";
        return;
    }
    const auto most = std::max_element(classes.of_class.begin(), classes.of_class.end());
    const double share = *most / classes.all;
    const std::string name = short_name(metrics.classes[static_cast<std::size_t>(most - classes.of_class.begin())]);
    answer["compared"] =
        metrics.accuracy <= share
            ? "That is no better than always answering " + name + ", the most frequent class: " + percent(share) + "."
            : "Always answering " + name + ", the most frequent class, is right about " + percent(share) + ".";
}

void answer_classes(const Outcome& run, Json& answer)
{
    const MetricsRecord& metrics = *run.metrics;
    const Classes classes = classes_of(metrics);
    const std::string share = percent(metrics.accuracy);
    answer["headline"] = !classes.of_class.empty() && classes.are_counts
                             ? formatted("The model is right about %.0f of %.0f validation rows: %s.", classes.right,
                                         classes.all, share.c_str())
                             : "The model is right about " + share + " of the validation rows.";
    compare_classes(run, classes, answer);
    const bool known = !classes.of_class.empty();
    const double most = known ? *std::max_element(classes.of_class.begin(), classes.of_class.end()) : none;
    add_figure(answer, "accuracy", metrics.accuracy, percent, known ? most / classes.all : 1 / run.choices);
    add_losses(run, answer, run.evaluation ? run.evaluation->val : none,
               known ? entropy_of(classes) : std::log(run.choices));
    add_figure(answer, "macro-F1", metrics.macro_f1, number_text);
    add_figure(answer, "AUC", metrics.auc, number_text, 0.5);
}

// R2 is 1 - squared errors / squared differences from the mean: it and the RMSE give the RMSE of the mean.
void answer_numbers(const Outcome& run, Json& answer)
{
    const MetricsRecord& metrics = *run.metrics;
    const double guess = metrics.r2 < 1 ? metrics.rmse / std::sqrt(1 - metrics.r2) : none;
    answer["headline"] =
        "The model's predictions for validation rows are typically off by " + number_text(metrics.rmse) + ".";
    if (metrics.r2 <= 0)
        answer["compared"] =
            "That is no better than always predicting the mean, which is off by " + number_text(guess) + ".";
    else if (std::isfinite(guess))
        answer["compared"] = "Always predicting the mean is off by " + number_text(guess) + ": the model explains " +
                             percent(metrics.r2) + " of the variance.";
    add_figure(answer, "RMSE", metrics.rmse, number_text, guess);
    add_figure(answer, "MAE", metrics.mae, number_text);
    add_figure(answer, "R2", metrics.r2, number_text, 0);
    answer["notes"].push_back("RMSE is the root of the mean squared error and MAE the mean error, in the data's unit; "
                              "R2 is the share of the variance that is explained.");
}

void add_notes(const Outcome& run, Json& answer)
{
    if (!run.best || !run.evaluation || run.best->step == run.evaluation->step || !std::isfinite(run.best->val)) return;
    const long long best = shown(run.best->step);
    answer["notes"].push_back(
        run.metrics ? formatted("The figures are of the last step's model. The best one by validation loss is that of "
                                "step %lld, in best.safetensors: its loss is %s.",
                                best, loss_text(run.best->val).c_str())
                    : formatted("That is the best model, of step %lld, in best.safetensors. The last step's, in "
                                "model.safetensors, has a validation loss of %s.",
                                best, loss_text(run.evaluation->val).c_str()));
}

// The sentence about a run without an end, or with an early one, and whether that is bad; null for a whole run.
Json state_of(const Outcome& run)
{
    if (run.divergence) return {{"health", "bad"}, {"text", "Training broke down: " + *run.divergence + "."}};
    if (run.steps_run < 0 || run.steps_run >= run.steps) return {};
    if (run.has_ended)
        return {{"health", "unknown"},
                {"text", formatted("It ended early, after step %lld of %lld: --patience ran out.", shown(run.steps_run),
                                   shown(run.steps))}};
    return {{"health", "unknown"},
            {"text",
             formatted("The run is not finished: at least %lld of %lld steps. nib train --out DIR --resume goes on.",
                       shown(run.steps_run), shown(run.steps))}};
}

} // namespace

Json answer_of(const Outcome& run)
{
    Json answer = {{"state", state_of(run)},   {"headline", nullptr},    {"compared", nullptr},
                   {"figures", Json::array()}, {"notes", Json::array()}, {"loss", nullptr}};
    const double loss = best_loss(run);
    if (std::isfinite(loss)) answer["loss"] = loss;
    if (run.metrics && std::isfinite(run.metrics->accuracy))
        answer_classes(run, answer);
    else if (run.metrics && std::isfinite(run.metrics->rmse))
        answer_numbers(run, answer);
    else if (run.is_text)
        answer_text(run, answer);
    else
        add_losses(run, answer, loss, run.choices > 1 ? std::log(run.choices) : none);
    add_notes(run, answer);
    return answer;
}

} // namespace nib::cli
