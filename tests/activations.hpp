// All activations, for tests that try each of them.
#pragma once

#include "activations/description.hpp"
#include "nib/nib.h"

#include <cstddef>
#include <string>
#include <vector>

namespace nib::test {

inline std::vector<nib_activation> all_activations()
{
    std::vector<nib_activation> all;
    while (all.size() < activations::words.size()) all.push_back(static_cast<nib_activation>(all.size()));
    return all;
}

inline const char* activation_word(nib_activation activation) { return activations::description_of(activation).word; }

// The activation in the text of a network.
inline std::string activation_text(nib_activation activation)
{
    return activation == NIB_GELU_TANH ? "gelu form=tanh" : activation_word(activation);
}

// The names as in "tanh, relu or identity".
inline std::string activation_list()
{
    std::string list;
    for (std::size_t i = 0; i < activations::words.size(); ++i) {
        list += (i == 0 ? "" : i + 1 < activations::words.size() ? ", " : " or ") + std::string(activations::words[i]);
    }
    return list;
}

} // namespace nib::test
