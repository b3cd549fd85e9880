// Texts of networks for tests that try many: a multilayer perceptron with its parts to choose.
#pragma once

#include "layers/list.hpp"
#include "net/model_options.hpp"
#include "net/network.hpp"
#include "nib/nib.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace nib::test {

// embedding, flatten, layers x (linear hidden, norm, activation), linear, output_norm. The initial values are those of
// the preset "mlp".
struct MlpText {
    std::int32_t context = 8, embedding = 24, hidden = 256, layers = 2;
    std::string activation = "tanh";
    std::string norm = "batchnorm";       // "" for a bias
    std::string output_norm = "";         // "" for a bias
    std::string linear_keys = "";         // of the hidden layers
    std::string output_keys = "gain=0.1"; // of the last linear
    std::uint32_t seed = 2147483647;

    std::string network() const
    {
        const auto behind = [](const std::string& separator, const std::string& text) {
            return text.empty() ? "" : separator + text;
        };
        std::string text = "embedding " + std::to_string(embedding) + ", flatten";
        const std::string hidden_layer = ", linear " + std::to_string(hidden) + behind(" ", linear_keys) +
                                         behind(", ", norm) + behind(", ", activation);
        for (std::int32_t i = 0; i < layers; ++i) text += hidden_layer;
        return text + ", linear" + behind(" ", output_keys) + behind(", ", output_norm);
    }
    std::string input() const { return "symbols context=" + std::to_string(context); }
};

// A preset's network, with sizes and parts that can then be changed.
inline MlpText text_of_preset(const std::string& preset)
{
    if (preset == "mlp") return {};
    const std::string unbiased = "batchnorm variance=unbiased";
    if (preset == "lecture-deep")
        return {.context = 3,
                .embedding = 10,
                .hidden = 100,
                .layers = 5,
                .norm = unbiased,
                .output_norm = unbiased + " gain=0.1",
                .linear_keys = "gain=1",
                .output_keys = ""};
    MlpText text = {.context = 3,
                    .embedding = 10,
                    .hidden = 200,
                    .layers = 1,
                    .norm = "",
                    .output_keys = "init=scaled gain=0.01 bias-init=0"};
    if (preset == "lecture-original") text.output_keys = "init=scaled bias-init=1";
    if (preset == "lecture-original" || preset == "lecture-softmax")
        text.linear_keys = "init=scaled gain=1 bias-init=1";
    if (preset == "lecture-tanh") text.linear_keys = "init=scaled gain=0.2 bias-init=0.01";
    if (preset == "lecture-kaiming") text.linear_keys = "bias-init=0.01";
    if (preset == "lecture-batchnorm") text.norm = "batchnorm eps=0 momentum=0.001 variance=unbiased running=std";
    return text;
}

inline ModelSpec spec_of(const nib_model_options& options) { return read_options(options, spec_words()); }

inline ModelSpec spec_of(const std::string& network, std::int32_t context, std::uint32_t seed = 2147483647)
{
    nib_model_options options = initial_model_options();
    const std::string input = "symbols context=" + std::to_string(context);
    options.network = network.c_str();
    options.input = input.c_str();
    options.seed = seed;
    return spec_of(options);
}

inline ModelSpec spec_of(const MlpText& text) { return spec_of(text.network(), text.context, text.seed); }

inline Network network_of(ModelSpec spec, std::ptrdiff_t classes)
{
    const LayerShape input = spec.input.kind->shape(spec.input.options);
    return {std::move(spec.layers), input, classes, Task::classes};
}

} // namespace nib::test
