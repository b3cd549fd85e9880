// The text of a network as the library prints it, taken apart for what is told of its layers.
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

// In the order in which their words end. A text of any origin is read as far as it is one that the library prints, to
// its limits of 1,024 layers and 16 parentheses.
std::vector<TextLayer> layers_of(std::string_view network);

// The layer at a position, or whose tensor has the name; nullptr: none.
const TextLayer* find_layer(const std::vector<TextLayer>& layers, std::string_view name);

// A layer for people: "4 tanh".
std::string layer_label(const std::string& position, const std::string& word);

// The same of the layer that a tensor belongs to, "2 linear" for "2.weight"; the name where no layer has it.
std::string tensor_label(const std::vector<TextLayer>& layers, const std::string& name);

// Lines of up to width bytes, where commas let them; those behind the first begin with so many blanks.
std::string wrapped(std::string_view network, std::size_t width, std::size_t indent);

} // namespace nib::cli
