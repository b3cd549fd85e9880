#include "deploy/predict_folded.hpp"

#include "deploy/fold_plan.hpp"
#include "deploy/folded_chunk.hpp"
#include "net/predict.hpp"

namespace nib {

namespace {

// z may be the last outputs * count numbers of y: a row's outputs are read before its predictions are written.
void link_rows(const infer::Header& header, std::ptrdiff_t count, const float* z, float* y)
{
    const Link link = link_of(header.answers);
    const std::ptrdiff_t outputs = header.outputs, predictions = predictions_of(link, outputs);
    for (std::ptrdiff_t i = 0; i < count; ++i) link_outputs(link, outputs, z + i * outputs, y + i * predictions);
}

// Predicts some rows in a given workspace; allocates nothing.
void predict_rows(const infer::View& view, const infer::Workspace& workspace, const float* x, std::ptrdiff_t count,
                  std::ptrdiff_t row_stride, float* y)
{
    const std::ptrdiff_t predictions = predictions_of(link_of(view.header->answers), view.outputs());
    float* const z = y + count * (predictions - view.outputs());
    infer::outputs(view, x, static_cast<std::size_t>(count), static_cast<std::size_t>(row_stride), z, workspace);
    link_rows(*view.header, count, z, y);
}

} // namespace

std::ptrdiff_t predictions_of(const Folded& folded) noexcept
{
    const infer::Header& header = *folded.view().header;
    return predictions_of(link_of(header.answers), header.outputs);
}

void predict(const Folded& folded, const float* x, std::ptrdiff_t count, std::ptrdiff_t row_stride, float* y,
             int threads)
{
    folded.schema();
    const infer::View& view = folded.view();
    if (threads == 1 || count <= Inference::chunk)
        return predict_rows(view, folded.workspace(), x, count, row_stride, y);
    const std::ptrdiff_t predictions = predictions_of(folded);
    for_chunks(
        0, count, threads,
        [&] { return Buffer<char>(infer::make_plan(*view.header, Inference::chunk).bytes(), folded.memory()); },
        [&](const Chunk& c, Buffer<char>& memory) {
            infer::Workspace workspace{};
            infer::make_workspace(view, Inference::chunk, memory.data(), memory.size(), workspace);
            predict_rows(view, workspace, x + c.first * row_stride, c.size, row_stride, y + c.first * predictions);
        });
}

void predict(const Folded& folded, const Dataset& data, nib_split split, float* y, int threads)
{
    folded.schema();
    for_chunks(
        0, data.examples(split), threads, [&] { return FoldedChunk(folded.view(), data, folded.memory()); },
        [&](const Chunk& c, FoldedChunk& chunk) {
            link_rows(*folded.view().header, c.size, chunk.outputs(split, c), y + c.first * predictions_of(folded));
        });
}

} // namespace nib
