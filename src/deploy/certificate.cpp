#include "deploy/certificate.hpp"

#include "base/error.hpp"
#include "deploy/example_loss.hpp"
#include "deploy/folded_chunk.hpp"
#include "net/evaluate.hpp"
#include "net/gather.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

namespace nib {

namespace {

constexpr std::ptrdiff_t chunk = Inference::chunk;

// Sums over some examples.
struct Sums {
    double loss_before = 0, loss_after = 0, weight = 0, largest_difference = 0;
    std::int64_t equal = 0;
};

// n numbers, stride apart.
struct Strided {
    const float* first;
    std::ptrdiff_t n, stride;
    double operator[](std::ptrdiff_t i) const { return first[i * stride]; }
};

// Compares the two models on chunks of examples, with its own scratch memory.
class Comparison {
public:
    Comparison(const Model& model, const Inference& inference, const infer::View& view, const Dataset& data)
        : model_(model),
          inference_(inference),
          header_(*view.header),
          data_(data),
          folded_(view, data, model.memory),
          x_(view.is_of_text() ? 0 : static_cast<std::size_t>(chunk * view.inputs()), model.memory),
          before_(inference.workspace_size(), model.memory)
    {
    }

    Sums operator()(nib_split split, const Chunk& c)
    {
        const std::ptrdiff_t n = header_.outputs;
        const float* rows = folded_.outputs(split, c);
        const float* columns = inference_.outputs(input(split, c), c.size, before_.data());
        Sums sums;
        for (std::ptrdiff_t i = 0; i < c.size; ++i)
            add_example(split, c.first + i, i, {columns + i, n, chunk}, {rows + i * n, n, 1}, sums);
        return sums;
    }

private:
    InferenceInput input(nib_split split, const Chunk& c)
    {
        if (data_.text() != nullptr) return {.contexts = folded_.contexts()};
        std::uint32_t numbers[chunk];
        for (std::ptrdiff_t i = 0; i < c.size; ++i) numbers[i] = static_cast<std::uint32_t>(c.first + i);
        gather_rows(*kernels::table(), *data_.table(), split, {numbers, static_cast<std::size_t>(c.size)},
                    {0, data_.table()->features()}, chunk, x_.data());
        return {.x = x_.data()};
    }

    // The loss of numbers is in standard deviations if the network ends with `unscale`.
    double loss(nib_split split, std::ptrdiff_t number, std::ptrdiff_t at, const Strided& outputs) const
    {
        if (header_.answers != infer::Answers::numbers)
            return class_loss(header_, outputs.first, outputs.stride, folded_.classes()[at]);
        const float* targets = data_.table()->targets(split, static_cast<std::uint32_t>(number));
        const Scale* const unscale = model_.unscale();
        const float* const units = unscale == nullptr ? nullptr : model_.running.data() + unscale->factor;
        return squared_loss(outputs.first, outputs.n, outputs.stride, targets, units);
    }

    std::int32_t class_of(const Strided& outputs) const
    {
        return infer::class_of(header_, outputs.first, outputs.stride);
    }

    void add_example(nib_split split, std::ptrdiff_t number, std::ptrdiff_t at, const Strided& before,
                     const Strided& after, Sums& sums) const
    {
        const double weight =
            data_.text() != nullptr ? 1 : double{data_.table()->weight(split, static_cast<std::uint32_t>(number))};
        sums.loss_before += weight * loss(split, number, at, before);
        sums.loss_after += weight * loss(split, number, at, after);
        sums.weight += weight;
        sums.equal += header_.answers == infer::Answers::numbers || class_of(before) == class_of(after);
        for (std::ptrdiff_t i = 0; i < before.n; ++i) {
            const double difference = std::fabs(before[i] - after[i]);
            // The comparison is written so that NaN is the largest.
            if (!(difference <= sums.largest_difference)) sums.largest_difference = difference;
        }
    }

    const Model& model_;
    const Inference& inference_;
    const infer::Header& header_;
    const Dataset& data_;
    FoldedChunk folded_;
    Buffer<float> x_, before_;
};

// A likely reason for a difference: if a neuron was nearly the same for all examples, dividing by its std magnifies the
// rounding error in the difference between the sum and its mean.
std::string rounding(const Model& model)
{
    constexpr float tiny = 0.01f; // least of lecture-deep on names: 0.2; on "a" and "aa" in turn: 2e-5
    float least = tiny;
    for (const Running& running : model.layout.running) {
        for (std::ptrdiff_t i = 0; i < running.size; ++i) {
            const float spread = model.running.data()[running.spread + i];
            least = std::min(least, running.is_std ? spread * spread : spread);
        }
    }
    if (!(least < tiny)) return "";
    char text[160];
    std::snprintf(text, sizeof text,
                  " (a running variance of %.1e makes float rounding visible: a larger max_loss_difference allows it)",
                  static_cast<double>(least));
    return text;
}

} // namespace

Certificate certify(const Model& model, const infer::View& folded, const Dataset& data, nib_split split, int threads)
{
    check_format(model.format, data);
    check_split(data, split);
    const Inference inference(model);
    const std::ptrdiff_t examples = data.examples(split);
    Buffer<Sums> sums(static_cast<std::size_t>(chunks_of(examples)), model.memory);
    for_chunks(
        0, examples, threads, [&] { return Comparison(model, inference, folded, data); },
        [&](const Chunk& c, Comparison& compare) { sums.data()[c.index] = compare(split, c); });
    Sums all;
    for (const Sums& each : sums) {
        all.loss_before += each.loss_before;
        all.loss_after += each.loss_after;
        all.weight += each.weight;
        all.equal += each.equal;
        if (!(each.largest_difference <= all.largest_difference)) all.largest_difference = each.largest_difference;
    }
    return {.examples = static_cast<std::uint64_t>(examples),
            .loss_before = all.loss_before / all.weight,
            .loss_after = all.loss_after / all.weight,
            .largest_logit_difference = all.largest_difference,
            .equal_argmax = static_cast<double>(all.equal) / static_cast<double>(examples)};
}

Buffer<char> fold_certified(const Model& model, const FoldAs& as, const Dataset& data, nib_split split, double limit,
                            int threads, Memory* memory)
{
    Draft folded = draft(model, memory, as);
    const Certificate c = certify(model, folded.view, data, split, threads);
    if (!std::isfinite(c.largest_logit_difference))
        throw Error(NIB_ERR_DIVERGED, "an output of the model or of its folded form is not finite");
    // The limit is relative if the loss is that of numbers, which have a unit, and above 1. Written so that NaN fails.
    const bool is_relative = folded.header().answers == infer::Answers::numbers && c.loss_before > 1;
    if (!(std::fabs(c.loss_before - c.loss_after) <= (is_relative ? limit * c.loss_before : limit))) {
        throw Error(NIB_ERR_MISMATCH, "folding changed the loss from %.9f to %.9f: at most %g%s is allowed%s",
                    c.loss_before, c.loss_after, limit, is_relative ? " of it" : "", rounding(model).c_str());
    }
    infer::Header& header = folded.header();
    header.certificate_examples = c.examples;
    header.loss_before = c.loss_before;
    header.loss_after = c.loss_after;
    header.largest_logit_difference = c.largest_logit_difference;
    header.equal_argmax = c.equal_argmax;
    seal(folded.file);
    return std::move(folded.file);
}

} // namespace nib
