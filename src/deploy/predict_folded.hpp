// What a folded model of a table answers, as net/predict.hpp has it of a model.
#pragma once

#include "deploy/folded.hpp"
#include "io/dataset.hpp"

#include <cstddef>

namespace nib {

// Numbers of a prediction.
std::ptrdiff_t predictions_of(const Folded& folded) noexcept;

// Predictions for rows (count, features), row_stride floats apart: y (count, predictions), NaN for a row with NaN. The
// same bits for any number of threads. Allocates nothing for the rows of a chunk (Inference::chunk), nor on one thread.
// Throws NIB_ERR_MISMATCH for a model of text.
void predict(const Folded& folded, const float* x, std::ptrdiff_t count, std::ptrdiff_t row_stride, float* y,
             int threads);

// The same of a split's examples, in their order; the data are a table.
void predict(const Folded& folded, const Dataset& data, nib_split split, float* y, int threads);

} // namespace nib
