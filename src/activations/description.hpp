// Descriptions of the activations in list.hpp, by nib_activation, for code that is compiled once.
#pragma once

#include "activations/list.hpp"

#include <array>
#include <cstddef>

namespace nib::activations {

struct Description {
    const char* word;
    double gain;
    float bound;
    bool fused;
    const char* c_text;
    std::initializer_list<OnnxNode> onnx;
    const char* pytorch;
};

template <class... Each>
constexpr std::array<Description, sizeof...(Each)> describe(List<Each...>)
{
    return {{{Each::word, Each::gain, Each::bound, Each::fused, Each::c_text, Each::onnx, Each::pytorch}...}};
}

inline constexpr auto descriptions = describe(Activations{});

inline constexpr auto words = [] {
    std::array<const char*, descriptions.size()> all{};
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = descriptions[i].word;
    return all;
}();

inline const Description& description_of(nib_activation activation)
{
    return descriptions[static_cast<std::size_t>(activation)];
}

} // namespace nib::activations
