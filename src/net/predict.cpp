#include "net/predict.hpp"

#include "net/chunks.hpp"
#include "net/gather.hpp"

#include <algorithm>
#include <cmath>

namespace nib {

namespace {

// Predicts the rows that stand in scratch.x by feature.
void predict_chunk(const Model& model, const Inference& inference, std::ptrdiff_t rows, PredictScratch& scratch,
                   float* y)
{
    const std::ptrdiff_t outputs = model.network.outputs(), predictions = predictions_of(model);
    const float* z = inference.outputs({.x = scratch.x.data()}, rows, scratch.workspace.data());
    float* const by_row = scratch.outputs.data();
    kernels::table()->transpose(outputs, rows, z, Inference::chunk, by_row, outputs);
    for (std::ptrdiff_t i = 0; i < rows; ++i)
        link_outputs(model.loss.kind->link, outputs, by_row + i * outputs, y + i * predictions);
}

} // namespace

std::ptrdiff_t predictions_of(Link link, std::ptrdiff_t outputs) noexcept
{
    return link == Link::sigmoid ? 2 : outputs;
}

std::ptrdiff_t predictions_of(const Model& model) noexcept
{
    return predictions_of(model.loss.kind->link, model.network.outputs());
}

void link_outputs(Link link, std::ptrdiff_t n, const float* z, float* y) noexcept
{
    const auto exponential = [](std::ptrdiff_t count, float* of) { kernels::table()->exp(count, of, of); };
    switch (link) {
    case Link::identity:
        std::copy_n(z, n, y);
        return;
    case Link::sigmoid: {
        // With e = exp(-|z|), which is at most 1, the smaller probability is e / (1 + e).
        float e = -std::fabs(*z);
        const bool is_second = *z >= 0;
        exponential(1, &e);
        y[is_second ? 0 : 1] = e / (1 + e);
        y[is_second ? 1 : 0] = 1 / (1 + e);
        return;
    }
    case Link::softmax: {
        const float greatest = *std::max_element(z, z + n);
        for (std::ptrdiff_t i = 0; i < n; ++i) y[i] = z[i] - greatest;
        exponential(n, y);
        float sum = 0;
        for (std::ptrdiff_t i = 0; i < n; ++i) sum += y[i];
        for (std::ptrdiff_t i = 0; i < n; ++i) y[i] /= sum;
        return;
    }
    }
}

PredictScratch::PredictScratch(const Model& model, const Inference& inference)
    : x(static_cast<std::size_t>(model.schema().features() * Inference::chunk), model.memory),
      workspace(inference.workspace_size(), model.memory),
      outputs(static_cast<std::size_t>(model.network.outputs() * Inference::chunk), model.memory)
{
}

Predictor::Predictor(const Model& model) : model_(model), inference_(model), scratch_(model, inference_) {}

void Predictor::operator()(const float* x, std::ptrdiff_t count, std::ptrdiff_t row_stride, float* y, int threads)
{
    inference_.refresh();
    const std::ptrdiff_t features = model_.schema().features(), predictions = predictions_of(model_);
    const auto each = [&](const Chunk& c, PredictScratch& scratch) {
        kernels::table()->transpose(c.size, features, x + c.first * row_stride, row_stride, scratch.x.data(),
                                    Inference::chunk);
        predict_chunk(model_, inference_, c.size, scratch, y + c.first * predictions);
    };
    if (threads > 1 && count > Inference::chunk)
        return for_chunks(
            0, count, threads, [&] { return PredictScratch(model_, inference_); }, each);
    for (std::ptrdiff_t first = 0; first < count; first += Inference::chunk)
        each({0, first, std::min(Inference::chunk, count - first)}, scratch_);
}

void predict(const Model& model, const Dataset& data, nib_split split, float* y, int threads)
{
    const Range features = {0, model.schema().features()};
    const Inference inference(model);
    const DataTable& table = *data.table();
    for_chunks(
        0, table.examples(split), threads, [&] { return PredictScratch(model, inference); },
        [&](const Chunk& c, PredictScratch& scratch) {
            std::uint32_t numbers[Inference::chunk];
            for (std::ptrdiff_t i = 0; i < c.size; ++i) numbers[i] = static_cast<std::uint32_t>(c.first + i);
            gather_rows(*kernels::table(), table, split, {numbers, static_cast<std::size_t>(c.size)}, features,
                        Inference::chunk, scratch.x.data());
            predict_chunk(model, inference, c.size, scratch, y + c.first * predictions_of(model));
        });
}

} // namespace nib
