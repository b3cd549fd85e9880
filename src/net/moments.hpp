// Means and standard deviations of a table's training split.
#pragma once

#include "io/table.hpp"

#include <cstddef>
#include <vector>

namespace nib {

struct FeatureMoments {
    double mean, std; // over n
};

std::vector<FeatureMoments> moments_of_features(const DataTable& table);
std::vector<FeatureMoments> moments_of_targets(const DataTable& table);

// The numbers of a row that are always 0 or 1: those that encode words or mark missing cells.
std::vector<std::ptrdiff_t> indicator_features(const Schema& schema);

} // namespace nib
