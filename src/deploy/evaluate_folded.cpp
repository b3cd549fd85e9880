#include "deploy/evaluate_folded.hpp"

#include "base/error.hpp"
#include "deploy/example_loss.hpp"
#include "deploy/folded_chunk.hpp"
#include "net/evaluate.hpp"

#include <cmath>

namespace nib {

namespace {

double loss_of(const infer::Header& header, const FoldedChunk& chunk, const DataTable* table, nib_split split,
               std::uint32_t number, std::ptrdiff_t at, const float* z)
{
    if (table == nullptr || header.classes() > 0) return class_loss(header, z, 1, chunk.classes()[at]);
    return squared_loss(z, header.outputs, 1, table->targets(split, number));
}

struct WeightedLoss {
    double loss = 0, weight = 0;
};

} // namespace

double evaluate(const Folded& folded, const Dataset& data, nib_split split, int threads)
{
    check_format(folded.format(), data);
    check_split(data, split);
    const std::ptrdiff_t examples = data.examples(split), outputs = folded.view().outputs();
    Buffer<WeightedLoss> losses(static_cast<std::size_t>(chunks_of(examples)), folded.memory());
    for_chunks(
        0, examples, threads, [&] { return FoldedChunk(folded.view(), data, folded.memory()); },
        [&](const Chunk& c, FoldedChunk& chunk) {
            const float* z = chunk.outputs(split, c);
            WeightedLoss& sum = losses[static_cast<std::size_t>(c.index)];
            for (std::ptrdiff_t i = 0; i < c.size; ++i, z += outputs) {
                const auto number = static_cast<std::uint32_t>(c.first + i);
                const double weight = data.table() == nullptr ? 1 : double{data.table()->weight(split, number)};
                sum.loss += weight * loss_of(*folded.view().header, chunk, data.table(), split, number, i, z);
                sum.weight += weight;
            }
        });
    WeightedLoss total;
    for (const WeightedLoss& each : losses) total.loss += each.loss, total.weight += each.weight;
    const double mean = total.loss / total.weight;
    if (std::isfinite(mean)) return mean;
    throw Error(NIB_ERR_DIVERGED, "the loss is %g: an output of the folded model is not finite", std::fabs(mean));
}

} // namespace nib
