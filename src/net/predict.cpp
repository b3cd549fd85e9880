#include "net/predict.hpp"

#include "net/chunks.hpp"
#include "net/gather.hpp"

#include <algorithm>
#include <cmath>

namespace nib {

namespace {

struct PredictScratch {
    Buffer<float> x, workspace, outputs;
};

// transposed(chunk, to): puts the chunk's rows by feature.
template <class Transposed>
void predict_chunks(const Model& model, std::ptrdiff_t count, float* y, int threads, Transposed transposed)
{
    const std::ptrdiff_t features = model.schema().features(), outputs = model.network.outputs();
    const std::ptrdiff_t predictions = predictions_of(model);
    const Inference inference(model);
    for_chunks(
        0, count, threads,
        [&] {
            return PredictScratch{Buffer<float>(static_cast<std::size_t>(features * Inference::chunk), model.memory),
                                  Buffer<float>(inference.workspace_size(), model.memory),
                                  Buffer<float>(static_cast<std::size_t>(outputs * Inference::chunk), model.memory)};
        },
        [&](const Chunk& c, PredictScratch& scratch) {
            transposed(c, scratch.x.data());
            const float* z = inference.outputs({.x = scratch.x.data()}, c.size, scratch.workspace.data());
            kernels::table()->transpose(outputs, c.size, z, Inference::chunk, scratch.outputs.data(), outputs);
            for (std::ptrdiff_t i = 0; i < c.size; ++i)
                link_outputs(model.loss.kind->link, outputs, scratch.outputs.data() + i * outputs,
                             y + (c.first + i) * predictions);
        });
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

void predict(const Model& model, const float* x, std::ptrdiff_t count, std::ptrdiff_t row_stride, float* y, int threads)
{
    const std::ptrdiff_t features = model.schema().features();
    predict_chunks(model, count, y, threads, [&](const Chunk& c, float* to) {
        kernels::table()->transpose(c.size, features, x + c.first * row_stride, row_stride, to, Inference::chunk);
    });
}

void predict(const Model& model, const DataTable& table, nib_split split, float* y, int threads)
{
    const Range features = {0, table.features()};
    predict_chunks(model, table.examples(split), y, threads, [&](const Chunk& c, float* to) {
        std::uint32_t numbers[Inference::chunk];
        for (std::ptrdiff_t i = 0; i < c.size; ++i) numbers[i] = static_cast<std::uint32_t>(c.first + i);
        gather_rows(*kernels::table(), table, split, {numbers, static_cast<std::size_t>(c.size)}, features,
                    Inference::chunk, to);
    });
}

} // namespace nib
