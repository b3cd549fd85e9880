// Items from a trained or a folded model: what the C ABI's nib_sampler is.
#pragma once

#include "deploy/many_items.hpp"
#include "net/model.hpp"
#include "nib/nib.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace nib {

// The model must outlive the sampler; what it learns between two items shows in the second. One thread at a time.
class Sampler {
public:
    // Throw NIB_ERR_INVALID_ARGUMENT for options out of range, NIB_ERR_MISMATCH for a start that the vocabulary lacks
    // symbols of.
    Sampler(const Model& model, const nib_sampler_options& options);
    Sampler(Folded& folded, const nib_sampler_options& options, int threads, Memory* memory);

    // The next item, until the next call. Throws NIB_ERR_DIVERGED where a logit is not finite, unless many items are
    // drawn at a time.
    std::string_view next();

private:
    Sampler(const Vocabulary& vocabulary, std::ptrdiff_t context_length, const nib_sampler_options& options);

    // Gives the logits of a context, padded, for the sampler to overwrite.
    using Logits = std::function<float*(const std::int32_t* context)>;

    const Vocabulary& vocabulary_;
    const infer::EngineTable& kernels_;
    nib_stream stream_;
    std::uint64_t seed_, item_; // the next item, of NIB_STREAM_COUNTER
    Mt19937 words_;
    float factor_;
    std::size_t max_length_;
    std::vector<std::int32_t> start_; // ids
    std::vector<std::int32_t> window_;
    std::string text_;
    std::function<Logits()> begin_item_;
    std::unique_ptr<ManyItems> many_; // of a folded model and NIB_STREAM_COUNTER
};

} // namespace nib
