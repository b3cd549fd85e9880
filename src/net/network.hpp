// A network whose shapes are known: the list as nodes, each with what it reads and leaves.
#pragma once

#include "net/layer_kind.hpp"

#include <string>
#include <vector>

namespace nib {

// The numbers that pass between nodes are values: value 0 is the input, value i + 1 what node i leaves.
struct Node {
    const LayerKind* kind;
    LayerSpec spec;        // a residual's without the items, which are nodes of their own before it
    std::string position;  // "4", "4.0", "4.shortcut.1": before the names of its tensors, as in PyTorch's Sequential
    std::string text = {}; // print_layer's
    LayerShape in, out;
    int input;         // the value that it reads
    int shortcut = -1; // of a residual: the other value of its sum
    // The node behind it is the next item of the same group, so that both may be computed at once.
    bool has_next = false;

    // "4 (tanh)", for messages.
    std::string name() const { return position + " (" + kind->word.name + ")"; }
};

class Network {
public:
    // outputs: of the last layer. Throws NIB_ERR_INVALID_ARGUMENT that names the layer by its position for one that
    // does not take what it gets, and both shapes; for one that stands elsewhere than it may, or that the task has no
    // use for; for a linear without a size that is not the last one; for other outputs.
    Network(std::vector<LayerSpec> items, const LayerShape& input, std::ptrdiff_t outputs, Task task);

    const LayerShape& input() const noexcept { return input_; }
    const std::vector<LayerSpec>& items() const noexcept { return items_; }
    const std::vector<Node>& nodes() const noexcept { return nodes_; }
    std::ptrdiff_t outputs() const noexcept { return outputs_; }            // numbers of the last value
    int output() const noexcept { return static_cast<int>(nodes_.size()); } // the last value

    // The node that turns numbers as they are learned into the data's unit, the last one, or null; and the value that
    // the loss is of, which that node reads.
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
    // Add nodes that read a value; return the value that the last one leaves.
    int add(const std::vector<LayerSpec>& items, const std::string& prefix, int input, std::ptrdiff_t outputs);
    int add_residual(const LayerSpec& item, const std::string& position, int input);
    int add_layer(const LayerSpec& item, const std::string& position, int input);

    std::vector<LayerSpec> items_;
    LayerShape input_;
    std::ptrdiff_t outputs_;
    std::vector<Node> nodes_;
};

} // namespace nib
