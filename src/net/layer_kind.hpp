// Layers, inputs and losses are constant objects of these types, each in a file of src/layers, src/inputs or
// src/losses. layers/list.hpp lists them.
#pragma once

#include "io/schema.hpp"
#include "net/layer_shape.hpp"
#include "net/pytorch_module.hpp"
#include "net/spec.hpp"

#include <cstddef>
#include <optional>
#include <span>

namespace nib {

struct DataShape;
struct Evaluation;
struct LossBatch;
class FoldList;
struct Node;
class Layout;
struct Model;
class Planner;
class DataTable;

// Where in the whole list a layer may stand.
enum class Stands { anywhere, first, last };

struct LayerKind {
    SpecWord word;

    // The initial value of a field that looks ahead, given the items that follow in the same group; null: the field's.
    double (*initial)(const Field& field, std::span<const LayerSpec> next) = nullptr;

    // A sentence where values that are each in their range do not go together; nullptr: they do.
    const char* (*check)(const SpecOptions& options) = nullptr;

    const char* expects = nullptr; // the input, for people: "rows of numbers, (N)"

    // The shape of the output; none where the input is not what the layer expects.
    std::optional<LayerShape> (*shape)(const LayerSpec& spec, const LayerShape& in) = nullptr;

    // Adds the node's tensors and statistics. outputs: the network's, which for symbols is how many there are. Null: it
    // has none.
    void (*declare)(const Node& node, std::ptrdiff_t outputs, Layout& layout) = nullptr;

    // Draws or sets the node's parameters, which are 0. Null: they stay so.
    void (*initialise)(Model& model, std::size_t node) = nullptr;

    // Sets what a node has of the data: of the training split. Null: nothing.
    void (*fit)(Model& model, std::size_t node, const DataTable& table) = nullptr;

    // How many of these nodes, this one and those behind, are computed at once. Null: one.
    int (*takes)(std::span<const Node> nodes) = nullptr;

    // Evaluation mode: numbers that a node needs beside its parameters, (constants) of them, and the way of some
    // examples through the node and the nodes - 1 behind it that it takes. evaluate null: the output is the input.
    std::ptrdiff_t (*constants)(const Node& node) = nullptr;
    void (*prepare)(const Model& model, std::size_t node, float* constants) noexcept = nullptr;
    void (*evaluate)(const Model& model, std::size_t node, int nodes, const Evaluation& e) = nullptr;

    // The layer's part of a training step, and that of the nodes - 1 behind it that it takes. Null: the output is the
    // input.
    void (*plan)(std::size_t node, int nodes, Planner& planner) = nullptr;

    // The same of a step by example. Null, though plan is not: steps of such a network are never by example.
    void (*plan_few)(std::size_t node, int nodes, Planner& planner) = nullptr;

    // Adds what the node becomes in a folded file. Null: nothing, the output is the input.
    void (*fold)(const Node& node, FoldList& list) = nullptr;

    // Multiply-adds of an example's way through the node in evaluation mode. Null: none.
    std::ptrdiff_t (*multiply_adds)(const Node& node) = nullptr;

    // The layer as a module of PyTorch's; outputs as for declare. A residual's items are not in it.
    PytorchModule (*pytorch)(const Node& node, std::ptrdiff_t outputs) = nullptr;

    Stands stands = Stands::anywhere;
    bool is_residual = false;    // its items stand in parentheses: residual(main | shortcut)
    bool keeps_shape = false;    // so that it may stand behind a last linear that lacks its size
    bool takes_its_size = false; // a last one may lack its size, which then comes from the data
    bool has_bias = true;        // false: a linear right before it needs none, since the mean is taken off
    bool passes_gain = false;    // the gain of a linear is that of the activation behind this one
    double gain = 0;             // an activation's: of the weights before it; 0: it is none
};

struct InputKind {
    SpecWord word;
    LayerShape (*shape)(const SpecOptions& options);

    // With a size that it lacks, which is the data's; none: it is no input of such data.
    std::optional<InputSpec> (*fitted)(const InputSpec& input, const DataShape& data);

    // Its part of a training step, before all layers'. Null: the layers read the minibatch themselves.
    void (*plan)(Planner& planner) = nullptr;
    void (*plan_few)(Planner& planner) = nullptr; // as LayerKind's
};

// What turns the outputs of a network into predictions.
enum class Link {
    softmax,  // a probability for each output
    sigmoid,  // one output: the probability of the second class
    identity, // numbers
};

struct LossKind {
    SpecWord word;
    Task task; // of the data that it takes
    Link link;

    // How many outputs the network has for so many classes, or numbers to learn; none: it does not take as many.
    std::optional<std::ptrdiff_t> (*outputs)(std::ptrdiff_t count);
    const char* expects; // "two classes", for people

    // The weighted mean over a minibatch, and in training its gradient by the outputs.
    float (*compute)(const SpecOptions& options, const LossBatch& batch);

    // The same of a batch by example, (examples, stride), where it can be; else none. Null: it never can.
    std::optional<float> (*compute_few)(const SpecOptions& options, const LossBatch& batch) = nullptr;
};

// The layers, inputs and losses that a text may name. The first loss for a task is that of data which name none.
struct SpecWords {
    std::span<const LayerKind* const> layers;
    std::span<const InputKind* const> inputs;
    std::span<const LossKind* const> losses;
};

} // namespace nib
