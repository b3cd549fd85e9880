// How good a model of a table is, as results.
#pragma once

#include "nib/nib.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace nib::cli {

// nib_metrics with the arrays that it points to.
struct ModelMetrics {
    nib_metrics all;
    std::vector<std::string> classes; // empty: there are numbers to learn
    std::vector<double> confusion, precision, recall, f1;
};
ModelMetrics metrics_of(nib::model& model, const nib::dataset& data, nib_split split);

// Lines of results, "val accuracy 0.9714"; nothing for a split without rows.
void print_metrics(nib::model& model, const nib::dataset& data, nib_split split);

// Those, and of classes precision, recall and F1 of each, and the confusion matrix.
void print_all_metrics(nib::model& model, const nib::dataset& data, nib_split split);

nlohmann::ordered_json json_of(const ModelMetrics& metrics);

} // namespace nib::cli
