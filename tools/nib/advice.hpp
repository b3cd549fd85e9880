// What to change of a network's weights, in the words that its run has for it: the options of the command line where
// they describe the network, else the words of its text.
#pragma once

#include "network_text.hpp"

#include <string>
#include <vector>

namespace nib::cli {

using NetworkLayers = std::vector<TextLayer>;

// Of the weights before the activation at a position.
std::string smaller_weights(const NetworkLayers& network, const std::string& position);

// Of all weights before activations.
std::string other_gain(const NetworkLayers& network, bool larger);

// Of the last layer.
std::string smaller_output(const NetworkLayers& network);

} // namespace nib::cli
