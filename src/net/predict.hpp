// What a model of a table answers: probabilities of classes, or numbers.
#pragma once

#include "io/dataset.hpp"
#include "net/layer_kind.hpp"
#include "net/model.hpp"

#include <cstddef>

namespace nib {

// Numbers of a prediction: one for each class, or the outputs; of text the vocabulary's size.
std::ptrdiff_t predictions_of(Link link, std::ptrdiff_t outputs) noexcept;
std::ptrdiff_t predictions_of(const Model& model) noexcept;

// Turns n outputs of a network into them. z and y may be the same where both have as many numbers.
void link_outputs(Link link, std::ptrdiff_t n, const float* z, float* y) noexcept;

// Predictions for rows (count, features), row_stride floats apart, which may be any numbers: y (count, predictions).
// The same bits for any number of threads. Throws NIB_ERR_MISMATCH for a model of text.
void predict(const Model& model, const float* x, std::ptrdiff_t count, std::ptrdiff_t row_stride, float* y,
             int threads);

// The same of a split's examples, in their order.
void predict(const Model& model, const DataTable& table, nib_split split, float* y, int threads);

} // namespace nib
