// Models to fold: small, of any shape, with running statistics that differ from the initial ones.
#pragma once

#include "net/model.hpp"
#include "networks.hpp"

#include <memory_resource>
#include <utility>

namespace nib::test {

// The lecture's alphabet: a..z.
inline Vocabulary letters()
{
    std::vector<std::uint32_t> symbols;
    for (std::uint32_t c = 'a'; c <= 'z'; ++c) symbols.push_back(c);
    return {NIB_ENCODING_UTF8, symbols};
}

// lecture-deep with other sizes.
inline MlpText small_network()
{
    return {.context = 4,
            .embedding = 7,
            .hidden = 37,
            .layers = 2,
            .norm = "batchnorm variance=unbiased",
            .output_norm = "batchnorm variance=unbiased gain=0.1",
            .linear_keys = "gain=1",
            .output_keys = ""};
}

// An initialised model whose biases and batch normalisations are worth folding.
inline Model make_model(ModelSpec spec, Vocabulary vocabulary = letters())
{
    ModelDesign design(std::move(spec), shape_of(vocabulary));
    Model model(std::move(design), std::move(vocabulary), std::pmr::get_default_resource());
    initialise(model);
    std::uint32_t state = 7;
    const auto next = [&] { return static_cast<float>((state = state * 1664525u + 1013904223u) >> 8) * 0x1p-24f; };
    for (std::size_t node = 0; node < model.network.nodes().size(); ++node) {
        if (!model.layout.has_tensor(node, 1)) continue;
        float* const bias = model.at(model.layout.tensor(node, 1).offset);
        float* const weight = model.at(model.layout.tensor(node, 0).offset);
        for (std::ptrdiff_t i = 0; i < model.layout.tensor(node, 1).rows; ++i) {
            bias[i] = next() - 0.5f;
            if (!model.layout.has_running(node)) continue;
            const Running& running = model.layout.running_of(node);
            weight[i] = 0.5f + next();
            model.running.data()[running.mean + i] = next() - 0.5f;
            model.running.data()[running.spread + i] = 0.25f + next();
        }
    }
    return model;
}

inline Model make_model(const MlpText& text, Vocabulary vocabulary = letters())
{
    return make_model(spec_of(text), std::move(vocabulary));
}

} // namespace nib::test
