#include "deploy/sampler.hpp"

#include "base/check.hpp"
#include "deploy/fold.hpp"
#include "infer/item.hpp"
#include "nn/inference.hpp"

#include <memory>

namespace nib {

namespace {

// Sampling from a trained model: one context at a time through its own layers.
class ModelLogits {
public:
    explicit ModelLogits(const Model& model)
        : inference_(model),
          vocabulary_(model.layout.vocabulary),
          workspace_(inference_.workspace_size(), model.memory),
          logits_(static_cast<std::size_t>(padded(vocabulary_)), model.memory)
    {
    }

    float* operator()(const std::int32_t* context)
    {
        const float* columns = inference_.logits(context, 1, workspace_.data());
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

} // namespace

Sampler::Sampler(const Vocabulary& vocabulary, std::ptrdiff_t context_length, const nib_sampler_options& options)
    : vocabulary_(vocabulary),
      words_(options.seed),
      factor_(infer::temperature_factor(options.temperature)),
      max_length_(static_cast<std::size_t>(options.max_length)),
      window_(2 * static_cast<std::size_t>(context_length))
{
    check_positive("temperature", options.temperature);
    check_range("max_length", options.max_length, 1, 4096);
    start_ = encode(vocabulary, options.start);
    if (start_.size() <= max_length_) return;
    throw Error(NIB_ERR_INVALID_ARGUMENT, "the start has %zu symbols: expected at most max_length, %zu", start_.size(),
                max_length_);
}

Sampler::Sampler(const Model& model, const nib_sampler_options& options)
    : Sampler(model.vocabulary, model.layout.context_length, options)
{
    begin_item_ = [&model]() -> Logits {
        return
            [logits = std::make_shared<ModelLogits>(model)](const std::int32_t* context) { return (*logits)(context); };
    };
}

Sampler::Sampler(Folded& folded, const nib_sampler_options& options)
    : Sampler(folded.vocabulary(), folded.view().context_length(), options)
{
    begin_item_ = [&folded]() -> Logits {
        return [&folded](const std::int32_t* context) { return folded.logits_of_one(context); };
    };
}

std::string_view Sampler::next()
{
    infer::Window window(window_.data(), window_.size() / 2);
    text_.clear();
    const auto emit = [&](std::int32_t id) { text_ += vocabulary_.text(id); };
    for (const std::int32_t id : start_) {
        emit(id);
        window.push(id);
    }
    infer::draw_item(*infer_kernels(), words_, window, start_.size(), max_length_,
                     static_cast<std::size_t>(vocabulary_.size()), factor_, begin_item_(), emit);
    return text_;
}

} // namespace nib
