// Models to fold: small, of any shape, with running statistics that are not their first values.
#pragma once

#include "net/model.hpp"
#include "train/presets.hpp"

#include <memory_resource>
#include <string_view>

namespace nib::test {

// The lecture's alphabet: a..z.
inline Vocabulary letters()
{
    std::vector<std::uint32_t> symbols;
    for (std::uint32_t c = 'a'; c <= 'z'; ++c) symbols.push_back(c);
    return {NIB_ENCODING_UTF8, symbols};
}

inline nib_model_options small_options()
{
    nib_model_options options = find_preset("lecture-deep")->model;
    options.context_length = 4;
    options.embedding_size = 7;
    options.hidden_size = 37;
    options.hidden_layers = 2;
    return options;
}

// An initialised model whose batch normalisations have something to fold.
inline Model make_model(const nib_model_options& options, Vocabulary vocabulary = letters())
{
    Model model(options, std::move(vocabulary), std::pmr::get_default_resource());
    initialise(model);
    std::uint32_t state = 7;
    const auto next = [&] { return static_cast<float>((state = state * 1664525u + 1013904223u) >> 8) * 0x1p-24f; };
    for (const Layer& layer : model.layout.layers) {
        for (std::ptrdiff_t i = 0; i < layer.outputs; ++i) {
            model.at(layer.shift)[i] = next() - 0.5f;
            if (!layer.norm) continue;
            model.at(layer.gamma)[i] = 0.5f + next();
            model.running.data()[layer.running_mean + i] = next() - 0.5f;
            model.running.data()[layer.running_variance + i] = 0.25f + next();
        }
    }
    return model;
}

} // namespace nib::test
