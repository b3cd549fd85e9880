// The loss of a model over a whole split, and its statistics over one.
#pragma once

#include "io/text.hpp"
#include "net/model.hpp"
#include "net/shares.hpp"

namespace nib {

// Mean cross-entropy in nats over a split, evaluation mode. The same bits for any number of threads. Throws
// NIB_ERR_MISMATCH for a text of another vocabulary, NIB_ERR_DIVERGED where the loss is not finite.
double evaluate(const Model& model, const Text& text, nib_split split, int threads);

// The same over the examples of a range of the split, one at least.
double evaluate(const Model& model, const Text& text, nib_split split, Range examples, int threads);

// Replaces every layer's running statistics, first layer first, by those of the whole split (variance over n - 1), each
// layer seeing the ones before it in evaluation mode with their new statistics. Throws NIB_ERR_MISMATCH as evaluate.
void calibrate(Model& model, const Text& text, nib_split split, int threads);

// Throws NIB_ERR_MISMATCH unless the text was made with the model's vocabulary.
void check_vocabulary(const Vocabulary& model, const Text& text);

} // namespace nib
