// What a model of a table answers: probabilities of classes, or numbers.
#pragma once

#include "io/dataset.hpp"
#include "net/inference.hpp"
#include "net/layer_kind.hpp"
#include "net/model.hpp"

#include <cstddef>

namespace nib {

// Numbers of a prediction: one for each class, or the outputs; of text the vocabulary's size.
std::ptrdiff_t predictions_of(Link link, std::ptrdiff_t outputs) noexcept;
std::ptrdiff_t predictions_of(const Model& model) noexcept;

// Turns n outputs of a network into them. z and y may be the same where both have as many numbers.
void link_outputs(Link link, std::ptrdiff_t n, const float* z, float* y) noexcept;

// The scratch memory of a thread, for one chunk of rows at a time.
struct PredictScratch {
    PredictScratch(const Model& model, const Inference& inference);

    Buffer<float> x, workspace, outputs;
};

// A model's predictions, with scratch memory that is kept from call to call.
class Predictor {
public:
    // The model stays where it is as long as this lives. Throws NIB_ERR_MISMATCH for a model of text.
    explicit Predictor(const Model& model);

    // Predictions for rows (count, features), row_stride floats apart, which may be any numbers: y (count,
    // predictions), by the model as it is now. The same bits for any number of threads. Allocates nothing for the rows
    // of a chunk (Inference::chunk), nor on one thread.
    void operator()(const float* x, std::ptrdiff_t count, std::ptrdiff_t row_stride, float* y, int threads);

private:
    const Model& model_;
    Inference inference_;
    PredictScratch scratch_;
};

// Predictions for a split's examples, in their order; the data are a table. Throws NIB_ERR_MISMATCH for a model of
// text.
void predict(const Model& model, const Dataset& data, nib_split split, float* y, int threads);

} // namespace nib
