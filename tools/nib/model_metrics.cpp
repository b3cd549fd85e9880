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

void print_value(nib_split split, const char* name, double value)
{
    if (!std::isnan(value)) std::printf("%s %s %.6g\n", name_of(split_names, split), name, value);
}

void print_figures(const ModelMetrics& m, nib_split split)
{
    print_value(split, "accuracy", m.all.accuracy);
    print_value(split, "macro-F1", m.all.macro_f1);
    print_value(split, "AUC", m.all.auc);
    print_value(split, "RMSE", m.all.rmse);
    print_value(split, "MAE", m.all.mae);
    print_value(split, "R2", m.all.r2);
}

// Rows are the classes, columns what was predicted, by number.
void print_confusion(const ModelMetrics& m)
{
    constexpr std::size_t most = 20; // columns that a terminal has room for
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

} // namespace

ModelMetrics metrics_of(nib::model& model, const nib::dataset& data, nib_split split)
{
    ModelMetrics m{sized<nib_metrics>(), {}, {}, {}, {}, {}};
    const auto classes = static_cast<std::size_t>(model.info().classes);
    for (std::size_t c = 0; c < classes; ++c) m.classes.push_back(model.class_name(static_cast<std::int32_t>(c)));
    m.confusion.resize(classes * classes);
    for (std::vector<double>* each : {&m.precision, &m.recall, &m.f1}) each->resize(classes);
    if (classes > 0) {
        m.all.confusion = m.confusion.data();
        m.all.precision = m.precision.data();
        m.all.recall = m.recall.data();
        m.all.f1 = m.f1.data();
    }
    m.all = model.metrics(data, split, m.all);
    return m;
}

void print_metrics(nib::model& model, const nib::dataset& data, nib_split split)
{
    if (data.info().examples[split] == 0) return;
    print_figures(metrics_of(model, data, split), split);
    flush_results();
}

void print_all_metrics(nib::model& model, const nib::dataset& data, nib_split split)
{
    const ModelMetrics m = metrics_of(model, data, split);
    print_figures(m, split);
    if (!m.classes.empty()) print_confusion(m);
    flush_results();
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
        const auto row = m.confusion.begin() + static_cast<std::ptrdiff_t>(c * classes);
        json["classes"].push_back(
            {{"class", m.classes[c]},
             {"precision", m.precision[c]},
             {"recall", m.recall[c]},
             {"f1", m.f1[c]},
             {"predicted_as", std::vector<double>(row, row + static_cast<std::ptrdiff_t>(classes))}});
    }
    return json;
}

} // namespace nib::cli
