// Advice on a network's weights in the words that its run has for them: the options of the command line where they
// describe the network, else the words of its text.
#pragma once

#include "network_text.hpp"

#include <string>
#include <vector>

namespace nib::cli {

using NetworkLayers = std::vector<TextLayer>;

// Makes the weights before the activation at a position smaller.
std::string smaller_weights(const NetworkLayers& network, const std::string& position);

// Changes all weights before activations.
std::string other_gain(const NetworkLayers& network, bool larger);

// Keeps the network from learning its training set by heart.
std::string against_overfitting(const NetworkLayers& network);

// Makes the last layer's weights smaller.
std::string smaller_output(const NetworkLayers& network);

} // namespace nib::cli
