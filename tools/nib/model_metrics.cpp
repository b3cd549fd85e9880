#include "model_metrics.hpp"

#include "choice.hpp"
#include "failure.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace nib::cli {
namespace {

using Json = nlohmann::ordered_json;

// Limits for metrics.jsonl: classes of a confusion matrix, and rows whose predictions are shown.
constexpr std::size_t most_recorded = 64;
constexpr std::int64_t most_rows = 500;

void print_value(nib_split split, const char* name, double value)
{
    if (!std::isnan(value)) std::printf("%s %s %.6g\n", name_of(split_names, split), name, value);
}

// Rows are the true classes, columns the predicted ones, by number.
void print_confusion(const ModelMetrics& m)
{
    constexpr std::size_t most = 20; // columns that fit on a terminal
    const std::size_t classes = m.classes.size();
    std::size_t width = 5;
    for (const std::string& each : m.classes) width = std::max(width, visible(each).size());
    std::printf("%-*s  precision  recall      F1", static_cast<int>(width), "class");
    for (std::size_t c = 0; c < classes && classes <= most; ++c) std::printf(" %7zu", c);
    std::printf("\n");
    for (std::size_t c = 0; c < classes; ++c) {
        std::printf("%-*s  %9.4f  %6.4f  %6.4f", static_cast<int>(width), visible(m.classes[c]).c_str(), m.precision[c],
                    m.recall[c], m.f1[c]);
        for (std::size_t p = 0; p < classes && classes <= most; ++p) std::printf(" %7g", m.confusion[c * classes + p]);
        std::printf("\n");
    }
}

// Adds the true and the predicted value of the first number, for each row that is shown.
void add_rows(nib::model& model, const nib::dataset& data, std::int64_t examples, MetricsRecord& record)
{
    const std::int64_t rows = std::min(examples, most_rows);
    const auto features = static_cast<std::size_t>(model.info().features),
               targets = static_cast<std::size_t>(model.info().outputs);
    std::vector<float> x(static_cast<std::size_t>(rows) * features), truth(targets),
        y(static_cast<std::size_t>(rows) * targets);
    for (std::int64_t i = 0; i < rows; ++i) {
        const nib::span<float> row(x.data() + static_cast<std::size_t>(i) * features, features);
        data.rows(NIB_SPLIT_VAL, i * examples / rows, 1, row, {}, truth);
        record.truth.push_back(static_cast<double>(truth[0]));
    }
    model.predict(x, rows, y);
    for (std::size_t i = 0; i < y.size(); i += targets) record.predicted.push_back(static_cast<double>(y[i]));
}

} // namespace

void print_figures(const ModelMetrics& m, nib_split split)
{
    print_value(split, "accuracy", m.all.accuracy);
    print_value(split, "macro-F1", m.all.macro_f1);
    print_value(split, "AUC", m.all.auc);
    print_value(split, "RMSE", m.all.rmse);
    print_value(split, "MAE", m.all.mae);
    print_value(split, "R2", m.all.r2);
    flush_results();
}

void print_all_metrics(const ModelMetrics& m, nib_split split)
{
    print_figures(m, split);
    if (!m.classes.empty()) print_confusion(m);
    flush_results();
}

MetricsRecord record_of(nib::model& model, const nib::dataset& data, const ModelMetrics& metrics, std::int64_t step)
{
    const nib_metrics& m = metrics.all;
    MetricsRecord record{step, m.accuracy, m.macro_f1, m.auc, m.rmse, m.mae, m.r2, {}, {}, "", {}, {}};
    if (!metrics.classes.empty()) {
        if (metrics.classes.size() > most_recorded) return record;
        record.classes = metrics.classes;
        record.confusion = metrics.confusion;
        return record;
    }
    record.target = model.target(0);
    add_rows(model, data, m.examples, record);
    return record;
}

Json json_of(const ModelMetrics& m)
{
    Json json = {{"examples", m.all.examples}, {"loss", m.all.loss}};
    const auto add = [&](const char* name, double value) {
        if (!std::isnan(value)) json[name] = value;
    };
    add("accuracy", m.all.accuracy);
    add("macro_f1", m.all.macro_f1);
    add("auc", m.all.auc);
    add("rmse", m.all.rmse);
    add("mae", m.all.mae);
    add("r2", m.all.r2);
    if (m.classes.empty()) return json;
    const std::size_t classes = m.classes.size();
    for (std::size_t c = 0; c < classes; ++c) {
        json["classes"].push_back(
            {{"class", m.classes[c]}, {"precision", m.precision[c]}, {"recall", m.recall[c]}, {"f1", m.f1[c]}});
        if (m.confusion.empty()) continue;
        const auto row = m.confusion.begin() + static_cast<std::ptrdiff_t>(c * classes);
        json["classes"].back()["predicted_as"] = std::vector<double>(row, row + static_cast<std::ptrdiff_t>(classes));
    }
    return json;
}

} // namespace nib::cli
