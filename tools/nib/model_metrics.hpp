// The quality of a model of a table, as results.
#pragma once

#include "metrics/schema.hpp"

#include "nib/nib.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nib::cli {

// The most classes for which a confusion matrix is computed: 8 MB.
inline constexpr std::size_t most_confused = 1000;

// nib_metrics, with the arrays that it points to.
struct ModelMetrics {
    nib_metrics all;
    std::vector<std::string> classes; // empty: there are numbers to learn
    std::vector<double> confusion, precision, recall, f1;
};

// Model: nib::model or nib::folded.
template <class Model>
ModelMetrics metrics_of(Model& model, const nib::dataset& data, nib_split split)
{
    ModelMetrics m{sized<nib_metrics>(), {}, {}, {}, {}, {}};
    const auto classes = static_cast<std::size_t>(model.info().classes);
    for (std::size_t c = 0; c < classes; ++c) m.classes.push_back(model.class_name(static_cast<std::int32_t>(c)));
    m.confusion.resize(classes <= most_confused ? classes * classes : 0);
    for (std::vector<double>* each : {&m.precision, &m.recall, &m.f1}) each->resize(classes);
    if (classes > 0) {
        if (!m.confusion.empty()) m.all.confusion = m.confusion.data();
        m.all.precision = m.precision.data();
        m.all.recall = m.recall.data();
        m.all.f1 = m.f1.data();
    }
    m.all = model.metrics(data, split, m.all);
    return m;
}

// Prints lines of results, "val accuracy 0.9714".
void print_figures(const ModelMetrics& metrics, nib_split split);

// Prints those, and for classes precision, recall and F1 of each, and the confusion matrix.
void print_all_metrics(const ModelMetrics& metrics, nib_split split);

// The record of the validation split for metrics.jsonl; the split must have rows.
MetricsRecord record_of(nib::model& model, const nib::dataset& data, const ModelMetrics& metrics, std::int64_t step);

nlohmann::ordered_json json_of(const ModelMetrics& metrics);

} // namespace nib::cli
