// The predictions of a model of a table: probabilities of classes, or numbers.
#pragma once

#include "io/dataset.hpp"
#include "net/inference.hpp"
#include "net/layer_kind.hpp"
#include "net/model.hpp"

#include <cstddef>

namespace nib {

// How many numbers a prediction has: one for each class, or one for each output; for text the vocabulary's size.
std::ptrdiff_t predictions_of(Link link, std::ptrdiff_t outputs) noexcept;
std::ptrdiff_t predictions_of(const Model& model) noexcept;

// Converts n outputs of a network to predictions. z and y may be the same if both have as many numbers.
void link_outputs(Link link, std::ptrdiff_t n, const float* z, float* y) noexcept;

// A thread's scratch memory for one chunk of rows at a time.
struct PredictScratch {
    PredictScratch(const Model& model, const Inference& inference);

    Buffer<float> x, workspace, outputs;
};

// Computes a model's predictions, with scratch memory that is kept from call to call.
class Predictor {
public:
    // The model must not move or end as long as this object lives. Throws NIB_ERR_MISMATCH for a model of text.
    explicit Predictor(const Model& model);

    // Predicts rows (count, features), row_stride floats apart, which may be any numbers: y (count, predictions), with
    // the model's current parameters. The same bits for any number of threads. Allocates nothing for up to one chunk of
    // rows (Inference::chunk), nor on one thread.
    void operator()(const float* x, std::ptrdiff_t count, std::ptrdiff_t row_stride, float* y, int threads);

private:
    const Model& model_;
    Inference inference_;
    PredictScratch scratch_;
};

// Predicts a split's examples, in their order; the data must be a table. Throws NIB_ERR_MISMATCH for a model of text.
void predict(const Model& model, const Dataset& data, nib_split split, float* y, int threads);

} // namespace nib
