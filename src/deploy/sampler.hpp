// Draws items from a trained or a folded model: the object behind nib_sampler of the C ABI.
#pragma once

#include "deploy/many_items.hpp"
#include "net/model.hpp"
#include "nib/nib.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace nib {

// The model must outlive the sampler; training between two items affects the second. One thread at a time.
class Sampler {
public:
    // Throws NIB_ERR_INVALID_ARGUMENT for options out of range, NIB_ERR_MISMATCH for a start with symbols that are not
    // in the vocabulary.
    Sampler(const Model& model, const nib_sampler_options& options);
    Sampler(Folded& folded, const nib_sampler_options& options, int threads, Memory* memory);

    // The next item, valid until the next call. Throws NIB_ERR_DIVERGED if a logit is not finite, unless many items are
    // drawn at a time.
    std::string_view next();

private:
    Sampler(const Vocabulary& vocabulary, std::ptrdiff_t context_length, const nib_sampler_options& options);

    // Returns the padded logits of a context, which the sampler may overwrite.
    using Logits = std::function<float*(const std::int32_t* context)>;

    const Vocabulary& vocabulary_;
    const infer::EngineTable& kernels_;
    nib_stream stream_;
    std::uint64_t seed_, item_; // the next item, for NIB_STREAM_COUNTER
    Mt19937 words_;
    float factor_;
    std::size_t max_length_;
    std::vector<std::int32_t> start_; // ids
    std::vector<std::int32_t> window_;
    std::string text_;
    std::function<Logits()> begin_item_;
    std::unique_ptr<ManyItems> many_; // for a folded model with NIB_STREAM_COUNTER
};

} // namespace nib
