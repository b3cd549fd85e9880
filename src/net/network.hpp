// A network whose shapes are known: the list as nodes, each with the values that it reads and writes.
#pragma once

#include "net/layer_kind.hpp"

#include <string>
#include <vector>

namespace nib {

// The arrays that pass between nodes are called values: value 0 is the input, value i + 1 is the output of node i.
struct Node {
    const LayerKind* kind;
    LayerSpec spec;        // for a residual without the items, which are nodes of their own before it
    std::string position;  // "4", "4.0", "4.shortcut.1": before the names of its tensors, as in PyTorch's Sequential
    std::string text = {}; // print_layer's
    LayerShape in, out;
    int input;         // the value that it reads
    int shortcut = -1; // for a residual: the other value of its sum
    // The node behind this one is the next item of the same group, so that both may be computed at once.
    bool has_next = false;

    // For messages: "4 (tanh)".
    std::string name() const { return position + " (" + kind->word.name + ")"; }
};

class Network {
public:
    // outputs: of the last layer. Throws NIB_ERR_INVALID_ARGUMENT, naming the layer by its position: for a layer that
    // does not accept its input, with both shapes; for one in a place where it may not stand, or that does not suit the
    // task; for a linear without a size that is not the last one; for a wrong number of outputs.
    Network(std::vector<LayerSpec> items, const LayerShape& input, std::ptrdiff_t outputs, Task task);

    const LayerShape& input() const noexcept { return input_; }
    const std::vector<LayerSpec>& items() const noexcept { return items_; }
    const std::vector<Node>& nodes() const noexcept { return nodes_; }
    std::ptrdiff_t outputs() const noexcept { return outputs_; }            // numbers of the last value
    int output() const noexcept { return static_cast<int>(nodes_.size()); } // the last value

    // unscale: the last node, if it converts learned numbers to the data's unit, or null. learned: the value on which
    // the loss is computed, which is that node's input or else the output.
    const Node* unscale() const noexcept
    {
        return nodes_.back().kind->stands == Stands::last ? &nodes_.back() : nullptr;
    }
    int learned() const noexcept { return unscale() != nullptr ? unscale()->input : output(); }
    const LayerShape& shape_of(int value) const noexcept
    {
        return value == 0 ? input_ : nodes_[static_cast<std::size_t>(value) - 1].out;
    }

private:
    // Adds nodes, the first of which reads the value `input`; returns the value that the last one writes.
    int add(const std::vector<LayerSpec>& items, const std::string& prefix, int input, std::ptrdiff_t outputs);
    int add_residual(const LayerSpec& item, const std::string& position, int input);
    int add_layer(const LayerSpec& item, const std::string& position, int input);

    std::vector<LayerSpec> items_;
    LayerShape input_;
    std::ptrdiff_t outputs_;
    std::vector<Node> nodes_;
};

} // namespace nib
