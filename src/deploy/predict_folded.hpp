// The predictions of a folded model of a table, as net/predict.hpp computes them for a model.
#pragma once

#include "deploy/folded.hpp"
#include "io/dataset.hpp"

#include <cstddef>

namespace nib {

// How many numbers a prediction has.
std::ptrdiff_t predictions_of(const Folded& folded) noexcept;

// Predicts rows (count, features), row_stride floats apart: y (count, predictions), NaN for a row with NaN. The same
// bits for any number of threads. Allocates nothing for up to one chunk of rows (Inference::chunk), nor on one thread.
// Throws NIB_ERR_MISMATCH for a model of text.
void predict(const Folded& folded, const float* x, std::ptrdiff_t count, std::ptrdiff_t row_stride, float* y,
             int threads);

// Predicts a split's examples, in their order; the data must be a table.
void predict(const Folded& folded, const Dataset& data, nib_split split, float* y, int threads);

} // namespace nib
