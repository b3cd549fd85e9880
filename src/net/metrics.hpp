// The quality of predictions over a split of a table.
#pragma once

#include "io/table.hpp"

#include <cstddef>
#include <vector>

namespace nib {

// A metric that does not apply is NaN. Examples count by their weights.
struct Metrics {
    double accuracy, auc, macro_f1;
    std::vector<double> confusion;             // (classes, classes): by true class, then predicted class; if requested
    std::vector<double> precision, recall, f1; // (classes)
    double rmse, mae, r2;
};

// y: the split's predictions (examples, classes or targets), in its order. with_confusion: for 65,536 classes it takes
// 34 GB.
Metrics metrics_of(const DataTable& table, nib_split split, const float* y, bool with_confusion);

} // namespace nib
