// Parses the text of a network as the library prints it, to describe its layers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nib::cli {

struct TextLayer {
    std::string position; // as in the names of its tensors: "4", "6.shortcut.0"
    std::string word;     // "linear"
    std::string options;  // "256 gain=0.1"
};

// The layers in the order in which their words end. Any text is read as far as the library could have printed it, up to
// its limits of 1,024 layers and 16 parentheses.
std::vector<TextLayer> layers_of(std::string_view network);

// The layer at a position, or the layer whose tensor has the name; nullptr: none.
const TextLayer* find_layer(const std::vector<TextLayer>& layers, std::string_view name);

// A layer's label for people: "4 tanh".
std::string layer_label(const std::string& position, const std::string& word);

// The label of the layer that a tensor belongs to, "2 linear" for "2.weight"; the name itself if no layer has it.
std::string tensor_label(const std::vector<TextLayer>& layers, const std::string& name);

// Breaks the text at commas into lines of up to width bytes if possible; lines after the first begin with `indent`
// blanks.
std::string wrapped(std::string_view network, std::size_t width, std::size_t indent);

} // namespace nib::cli
