// The loss of a model over a whole split, and its statistics over one.
#pragma once

#include "io/dataset.hpp"
#include "net/model.hpp"
#include "net/shares.hpp"

namespace nib {

// The mean loss over a split, evaluation mode: without smoothing, with the examples' weights. The same bits for any
// number of threads. Throws NIB_ERR_MISMATCH as check_format, NIB_ERR_DATA for a split without examples,
// NIB_ERR_DIVERGED where the loss is not finite.
double evaluate(const Model& model, const Dataset& data, nib_split split, int threads);

// The same over the examples of a range of the split, one at least.
double evaluate(const Model& model, const Dataset& data, nib_split split, Range examples, int threads);

// Replaces every layer's running statistics, first layer first, by those of the whole split (variance over n - 1), each
// layer seeing the ones before it in evaluation mode with their new statistics. Throws as evaluate.
void calibrate(Model& model, const Dataset& data, nib_split split, int threads);

// Throws NIB_ERR_MISMATCH unless the data have the model's vocabulary, or its columns and classes.
void check_format(const DataFormat& model, const Dataset& data);

// Throws NIB_ERR_DATA for a split without examples.
void check_split(const Dataset& data, nib_split split);

} // namespace nib
