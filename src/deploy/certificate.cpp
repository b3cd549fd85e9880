#include "deploy/certificate.hpp"

#include "base/error.hpp"
#include "deploy/log_softmax.hpp"
#include "infer/engine.hpp"
#include "net/chunks.hpp"
#include "net/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

namespace nib {

namespace {

constexpr std::ptrdiff_t chunk = Inference::chunk;

// Sums over some examples.
struct Sums {
    double loss_before = 0, loss_after = 0, largest_difference = 0;
    std::int64_t equal = 0;
};

// n numbers, stride apart.
struct Strided {
    const float* first;
    std::ptrdiff_t n, stride;
    double operator[](std::ptrdiff_t i) const { return first[i * stride]; }
};

std::ptrdiff_t argmax(const Strided& logits)
{
    std::ptrdiff_t best = 0;
    for (std::ptrdiff_t i = 1; i < logits.n; ++i) {
        if (logits[i] > logits[best]) best = i;
    }
    return best;
}

void add_example(const Strided& before, const Strided& after, std::int32_t target, Sums& sums)
{
    sums.loss_before -= log_softmax(before.first, before.n, before.stride, target);
    sums.loss_after -= log_softmax(after.first, after.n, after.stride, target);
    sums.equal += argmax(before) == argmax(after);
    for (std::ptrdiff_t i = 0; i < before.n; ++i) {
        const double difference = std::fabs(before[i] - after[i]);
        // Written so that NaN is the largest.
        if (!(difference <= sums.largest_difference)) sums.largest_difference = difference;
    }
}

// What a thread needs for one chunk of examples.
class Comparison {
public:
    Comparison(const Model& model, const Inference& inference, const infer::View& view)
        : inference_(inference),
          view_(view),
          contexts_(static_cast<std::size_t>(chunk * view.context_length()), model.memory),
          targets_(chunk, model.memory),
          logits_(static_cast<std::size_t>(chunk * view.vocabulary()), model.memory),
          before_(inference.workspace_size(), model.memory),
          after_(infer::make_plan(*view.header, chunk).bytes(), model.memory)
    {
        infer::make_workspace(view, chunk, after_.data(), after_.size(), workspace_);
    }

    Sums operator()(const Text& text, nib_split split, std::ptrdiff_t first, std::ptrdiff_t count)
    {
        text.gather(split, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(count),
                    static_cast<std::int32_t>(view_.context_length()), contexts_.data(), targets_.data());
        const float* columns = inference_.outputs({.contexts = contexts_.data()}, count, before_.data());
        infer::logits(view_, contexts_.data(), static_cast<std::size_t>(count), logits_.data(), workspace_);
        const std::ptrdiff_t n = view_.vocabulary();
        Sums sums;
        for (std::ptrdiff_t i = 0; i < count; ++i) {
            add_example({columns + i, n, chunk}, {logits_.data() + i * n, n, 1}, targets_.data()[i], sums);
        }
        return sums;
    }

private:
    const Inference& inference_;
    const infer::View& view_;
    Buffer<std::int32_t> contexts_, targets_;
    Buffer<float> logits_, before_;
    Buffer<char> after_;
    infer::Workspace workspace_{};
};

// Why the two may differ: where a neuron was nearly the same for all examples, the division by its std multiplies what
// float rounding leaves of the difference between the sum and its mean.
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
    const Text& text = *data.text();
    const Inference inference(model);
    const std::ptrdiff_t examples = text.examples(split);
    Buffer<Sums> sums(static_cast<std::size_t>(chunks_of(examples)), model.memory);
    for_chunks(
        0, examples, threads, [&] { return Comparison(model, inference, folded); },
        [&](const Chunk& c, Comparison& compare) { sums.data()[c.index] = compare(text, split, c.first, c.size); });
    Sums all;
    for (const Sums& each : sums) {
        all.loss_before += each.loss_before;
        all.loss_after += each.loss_after;
        all.equal += each.equal;
        if (!(each.largest_difference <= all.largest_difference)) all.largest_difference = each.largest_difference;
    }
    const auto n = static_cast<double>(examples);
    return {.examples = static_cast<std::uint64_t>(examples),
            .loss_before = all.loss_before / n,
            .loss_after = all.loss_after / n,
            .largest_logit_difference = all.largest_difference,
            .equal_argmax = static_cast<double>(all.equal) / n};
}

Buffer<char> fold_certified(const Model& model, const FoldAs& as, const Dataset& data, nib_split split, double limit,
                            int threads, Memory* memory)
{
    Draft folded = draft(model, memory, as);
    const Certificate c = certify(model, folded.view, data, split, threads);
    if (!std::isfinite(c.largest_logit_difference))
        throw Error(NIB_ERR_DIVERGED, "a logit of the model or of its folded form is not finite");
    // Written so that NaN fails.
    if (!(std::fabs(c.loss_before - c.loss_after) <= limit)) {
        throw Error(NIB_ERR_MISMATCH, "folding changed the loss from %.9f to %.9f: at most %g is allowed%s",
                    c.loss_before, c.loss_after, limit, rounding(model).c_str());
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
