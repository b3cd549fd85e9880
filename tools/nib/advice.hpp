// Advice on a network's weights, in the terms in which its run describes them: the options of the command line if they
// describe the network, else the words of its text.
#pragma once

#include "network_text.hpp"

#include <string>
#include <vector>

namespace nib::cli {

using NetworkLayers = std::vector<TextLayer>;

// How to make the weights before the activation at a position smaller.
std::string smaller_weights(const NetworkLayers& network, const std::string& position);

// How to change all weights before activations.
std::string other_gain(const NetworkLayers& network, bool larger);

// How to keep the network from memorising its training set.
std::string against_overfitting(const NetworkLayers& network);

// How to make the last layer's weights smaller.
std::string smaller_output(const NetworkLayers& network);

} // namespace nib::cli
