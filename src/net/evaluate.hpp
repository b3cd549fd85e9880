// The loss of a model over a whole split, and statistics of the model computed from one.
#pragma once

#include "io/dataset.hpp"
#include "net/collective.hpp"
#include "net/model.hpp"
#include "net/shares.hpp"

namespace nib {

// The mean loss over a split in evaluation mode: without smoothing, with the examples' weights. The same bits for any
// number of threads. Throws as check_format, NIB_ERR_DATA for a split without examples, and NIB_ERR_DIVERGED if the
// loss is not finite.
double evaluate(const Model& model, const Dataset& data, nib_split split, int threads);

// The same over a range of the split's examples, at least one. ranks: shares out the examples, with the same bits;
// null: none. Throws NIB_ERR_COMMUNICATION if the ranks lost each other.
double evaluate(const Model& model, const Dataset& data, nib_split split, Range examples, int threads,
                Collective* ranks = nullptr);

// Replaces every layer's running statistics by those of the whole split (variance over n - 1). It starts at the first
// layer; each layer sees the ones before it in evaluation mode with their new statistics. Throws as evaluate.
void calibrate(Model& model, const Dataset& data, nib_split split, int threads);

// Throws NIB_ERR_MISMATCH unless the data have the model's vocabulary, or its columns and classes.
void check_format(const DataFormat& model, const Dataset& data);

// Throws NIB_ERR_DATA for a split without examples.
void check_split(const Dataset& data, nib_split split);

} // namespace nib
