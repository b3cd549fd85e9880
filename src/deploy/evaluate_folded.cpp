#include "deploy/evaluate_folded.hpp"

#include "base/error.hpp"
#include "deploy/log_softmax.hpp"
#include "net/chunks.hpp"
#include "net/evaluate.hpp"

#include <cmath>

namespace nib {

namespace {

constexpr std::ptrdiff_t chunk = Inference::chunk;

// The scratch memory of a thread, for one chunk of examples at a time.
class Losses {
public:
    explicit Losses(const Folded& folded)
        : view_(folded.view()),
          contexts_(static_cast<std::size_t>(chunk * view_.context_length()), folded.memory()),
          targets_(chunk, folded.memory()),
          logits_(static_cast<std::size_t>(chunk * view_.vocabulary()), folded.memory()),
          memory_(infer::make_plan(*view_.header, chunk).bytes(), folded.memory())
    {
        infer::make_workspace(view_, chunk, memory_.data(), memory_.size(), workspace_);
    }

    double operator()(const Text& text, nib_split split, const Chunk& c)
    {
        text.gather(split, static_cast<std::uint32_t>(c.first), static_cast<std::uint32_t>(c.size),
                    static_cast<std::int32_t>(view_.context_length()), contexts_.data(), targets_.data());
        infer::logits(view_, contexts_.data(), static_cast<std::size_t>(c.size), logits_.data(), workspace_);
        double sum = 0;
        for (std::ptrdiff_t i = 0; i < c.size; ++i) {
            const std::ptrdiff_t n = view_.vocabulary();
            sum -= log_softmax(logits_.data() + i * n, n, 1, targets_.data()[i]);
        }
        return sum;
    }

private:
    const infer::View& view_;
    Buffer<std::int32_t> contexts_, targets_;
    Buffer<float> logits_;
    Buffer<char> memory_;
    infer::Workspace workspace_{};
};

} // namespace

double evaluate(const Folded& folded, const Dataset& data, nib_split split, int threads)
{
    check_format(folded.vocabulary(), data);
    const Text& text = *data.text();
    const std::ptrdiff_t examples = text.examples(split);
    Buffer<double> losses(static_cast<std::size_t>(chunks_of(examples)), folded.memory());
    for_chunks(
        0, examples, threads, [&] { return Losses(folded); },
        [&](const Chunk& c, Losses& of) { losses[static_cast<std::size_t>(c.index)] = of(text, split, c); });
    double total = 0;
    for (const double each : losses) total += each;
    const double mean = total / static_cast<double>(examples);
    if (std::isfinite(mean)) return mean;
    throw Error(NIB_ERR_DIVERGED, "the loss is %g: a logit of the folded model is not finite", std::fabs(mean));
}

} // namespace nib
