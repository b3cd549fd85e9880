#include "deploy/probability.hpp"

#include "nn/inference.hpp"

#include <algorithm>
#include <cmath>

namespace nib {

namespace {

double log_softmax(std::span<const float> logits, std::int32_t id)
{
    const double greatest = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - greatest);
    return static_cast<double>(logits[static_cast<std::size_t>(id)]) - greatest - std::log(sum);
}

// logits(contexts, out) computes (count, context length) to (count, vocabulary).
template <class Logits>
double log_probability(const Vocabulary& vocabulary, std::size_t length, std::string_view item, Logits logits)
{
    // The ids of the item between zeros: those before its beginning, and the end mark.
    std::vector<std::int32_t> ids(length + vocabulary.encode(item, {}) + 1);
    vocabulary.encode(item, std::span(ids).subspan(length, ids.size() - length - 1));
    const std::size_t count = ids.size() - length, symbols = static_cast<std::size_t>(vocabulary.size());
    std::vector<std::int32_t> contexts;
    contexts.reserve(count * length);
    for (std::size_t i = 0; i < count; ++i) {
        const std::int32_t* context = ids.data() + i;
        contexts.insert(contexts.end(), context, context + length);
    }
    std::vector<float> all(count * symbols);
    logits(std::span<const std::int32_t>(contexts), all.data());
    double total = 0;
    for (std::size_t i = 0; i < count; ++i) {
        total += log_softmax(std::span(all).subspan(i * symbols, symbols), ids[length + i]);
    }
    return total;
}

} // namespace

double log_probability(const Model& model, std::string_view item, int threads)
{
    return log_probability(model.vocabulary, static_cast<std::size_t>(model.layout.context_length), item,
                           [&](auto contexts, float* out) { model_logits(model, contexts, out, threads); });
}

double log_probability(Folded& folded, std::string_view item)
{
    return log_probability(folded.vocabulary(), static_cast<std::size_t>(folded.view().context_length()), item,
                           [&](auto contexts, float* out) { folded.logits(contexts, out); });
}

} // namespace nib
