#include "deploy/probability.hpp"

#include "base/error.hpp"
#include "deploy/log_softmax.hpp"
#include "net/inference.hpp"

#include <algorithm>
#include <cmath>

namespace nib {

namespace {

// logits(contexts, out) computes out (count, vocabulary) from contexts (count, context length).
template <class Logits>
double log_probability(const Vocabulary& vocabulary, std::size_t length, std::string_view item, Memory* memory,
                       Logits logits)
{
    // The ids of the item between zeros: those in front stand before its beginning, the last one is the end mark.
    Buffer<std::int32_t> ids(length + vocabulary.encode(item, {}) + 1, memory);
    vocabulary.encode(item, ids.span().subspan(length, ids.size() - length - 1));
    const std::size_t count = ids.size() - length, symbols = static_cast<std::size_t>(vocabulary.size());
    Buffer<std::int32_t> contexts(count * length, memory);
    for (std::size_t i = 0; i < count; ++i) std::copy_n(ids.data() + i, length, contexts.data() + i * length);
    Buffer<float> all(count * symbols, memory);
    logits(std::span<const std::int32_t>(contexts.span()), all.data());
    double total = 0;
    for (std::size_t i = 0; i < count; ++i) {
        total += log_softmax(all.data() + i * symbols, vocabulary.size(), 1, ids[length + i]);
    }
    if (std::isfinite(total)) return total;
    throw Error(NIB_ERR_DIVERGED, "a logit of the model is not finite: the item has no probability");
}

} // namespace

double log_probability(const Model& model, std::string_view item, int threads)
{
    return log_probability(model.vocabulary(), static_cast<std::size_t>(model.context_length), item, model.memory,
                           [&](auto contexts, float* out) { model_logits(model, contexts, out, threads); });
}

double log_probability(Folded& folded, std::string_view item)
{
    return log_probability(folded.vocabulary(), static_cast<std::size_t>(folded.view().inputs()), item, folded.memory(),
                           [&](auto contexts, float* out) { folded.logits(contexts, out); });
}

} // namespace nib
