#include "deploy/sampler.hpp"

#include "base/check.hpp"
#include "base/finite.hpp"
#include "deploy/fold.hpp"
#include "infer/item.hpp"
#include "net/inference.hpp"
#include "random/counter_stream.hpp"

#include <cstring>
#include <memory>

namespace nib {

namespace {

// Computes logits from a trained model: one context at a time through its layers.
class ModelLogits {
public:
    explicit ModelLogits(const Model& model)
        : inference_(model),
          vocabulary_(model.layout.outputs),
          workspace_(inference_.workspace_size(), model.memory),
          logits_(static_cast<std::size_t>(padded(vocabulary_)), model.memory)
    {
    }

    float* operator()(const std::int32_t* context)
    {
        const float* columns = inference_.outputs({.contexts = context}, 1, workspace_.data());
        for (std::ptrdiff_t i = 0; i < vocabulary_; ++i) logits_.data()[i] = columns[i * Inference::chunk];
        return logits_.data();
    }

private:
    Inference inference_;
    std::ptrdiff_t vocabulary_;
    Buffer<float> workspace_, logits_;
};

std::vector<std::int32_t> encode(const Vocabulary& vocabulary, const char* text)
{
    if (text == nullptr) return {};
    std::vector<std::int32_t> ids(vocabulary.encode(text, {}));
    vocabulary.encode(text, ids);
    return ids;
}

nib_stream checked_stream(const nib_sampler_options& options)
{
    check_enum("stream", options.stream, NIB_STREAM_COUNTER);
    return options.stream;
}

} // namespace

Sampler::Sampler(const Vocabulary& vocabulary, std::ptrdiff_t context_length, const nib_sampler_options& options)
    : vocabulary_(vocabulary),
      kernels_(*infer_kernels()),
      stream_(checked_stream(options)),
      seed_(options.seed),
      item_(static_cast<std::uint64_t>(options.first)),
      words_(options.seed),
      factor_(infer::temperature_factor(options.temperature)),
      max_length_(static_cast<std::size_t>(options.max_length)),
      window_(2 * static_cast<std::size_t>(context_length))
{
    check_positive("temperature", options.temperature);
    check_range("max_length", options.max_length, 1, 4096);
    check_range("first", options.first, 0, INT64_MAX);
    start_ = encode(vocabulary, options.start);
    if (start_.size() <= max_length_) return;
    throw Error(NIB_ERR_INVALID_ARGUMENT, "the start has %zu symbols: expected at most max_length, %zu", start_.size(),
                max_length_);
}

Sampler::Sampler(const Model& model, const nib_sampler_options& options)
    : Sampler(model.vocabulary(), model.context_length, options)
{
    begin_item_ = [&model]() -> Logits {
        return
            [logits = std::make_shared<ModelLogits>(model)](const std::int32_t* context) { return (*logits)(context); };
    };
}

Sampler::Sampler(Folded& folded, const nib_sampler_options& options, int threads, Memory* memory)
    : Sampler(folded.vocabulary(), folded.view().inputs(), options)
{
    if (stream_ == NIB_STREAM_COUNTER) {
        const char* start = options.start != nullptr ? options.start : "";
        const infer::Recipe recipe = {.seed = seed_,
                                      .factor = factor_,
                                      .start = start,
                                      .start_bytes = std::strlen(start),
                                      .start_symbols = start_.size(),
                                      .max_length = max_length_};
        many_ = std::make_unique<ManyItems>(folded, recipe, item_, threads, memory);
        return;
    }
    begin_item_ = [&folded]() -> Logits {
        return [&folded](const std::int32_t* context) { return folded.logits_of_one(context); };
    };
}

std::string_view Sampler::next()
{
    if (many_ != nullptr) return many_->next();
    infer::Window window(window_.data(), window_.size() / 2);
    text_.clear();
    const auto emit = [&](std::int32_t id) { text_ += vocabulary_.text(id); };
    for (const std::int32_t id : start_) {
        emit(id);
        window.push(id);
    }
    const Logits logits = begin_item_();
    const auto n = static_cast<std::size_t>(vocabulary_.size());
    CounterStream numbers(seed_, item_++);
    const auto draw = [&](const std::int32_t* context) {
        float* p = logits(context);
        if (!all_finite({p, n}))
            throw Error(NIB_ERR_DIVERGED, "a logit of the model is not finite: no symbol can be drawn");
        if (stream_ == NIB_STREAM_LECTURE) return infer::draw_by_words(kernels_, words_, n, factor_, p);
        const float number = numbers();
        std::int32_t id = 0;
        kernels_.draw(static_cast<std::ptrdiff_t>(n), 1, factor_, &number, p, &id);
        return id;
    };
    infer::draw_item(window, start_.size(), max_length_, draw, emit);
    return text_;
}

} // namespace nib
