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
#include <vector>

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

    // The initial value of a field that depends on the items that follow in the same group; null: the field's own.
    double (*initial)(const Field& field, std::span<const LayerSpec> next) = nullptr;

    // Returns a sentence if values that are each in range do not go together, nullptr if they do.
    const char* (*check)(const SpecOptions& options) = nullptr;

    const char* expects = nullptr; // the input, in words: "rows of numbers, (N)"

    // The shape of the output; none if the input is not what the layer expects.
    std::optional<LayerShape> (*shape)(const LayerSpec& spec, const LayerShape& in) = nullptr;

    // Adds the node's tensors and statistics. outputs: the network's outputs, which for symbols is the number of
    // symbols. Null: the layer has none.
    void (*declare)(const Node& node, std::ptrdiff_t outputs, Layout& layout) = nullptr;

    // Draws or sets the node's parameters, which start at 0. Null: they stay 0.
    void (*initialise)(Model& model, std::size_t node) = nullptr;

    // Sets the node's constants that come from the training split of the data. Null: there are none.
    void (*fit)(Model& model, std::size_t node, const DataTable& table) = nullptr;

    // How many of these nodes, this one and those behind it, are computed at once. Null: one.
    int (*takes)(std::span<const Node> nodes) = nullptr;

    // Evaluation mode. `constants` is how many numbers a node needs beside its parameters; prepare computes them;
    // evaluate takes some examples through the node and the nodes - 1 behind it that it takes along. evaluate null: the
    // output is the input.
    std::ptrdiff_t (*constants)(const Node& node) = nullptr;
    void (*prepare)(const Model& model, std::size_t node, float* constants) noexcept = nullptr;
    void (*evaluate)(const Model& model, std::size_t node, int nodes, const Evaluation& e) = nullptr;

    // The layer's part of a training step, together with the nodes - 1 behind it that it takes along. Null: the output
    // is the input.
    void (*plan)(std::size_t node, int nodes, Planner& planner) = nullptr;

    // The same for a step by example. Null, with plan set: steps of a network with this layer are never by example.
    void (*plan_few)(std::size_t node, int nodes, Planner& planner) = nullptr;

    // Adds the operations that the node becomes in a folded file. Null: none, the output is the input.
    void (*fold)(const Node& node, FoldList& list) = nullptr;

    // The multiply-adds of one example in the node in evaluation mode. Null: none.
    std::ptrdiff_t (*multiply_adds)(const Node& node) = nullptr;

    // The layer as a PyTorch module; outputs is as for declare. The items of a residual are not included.
    PytorchModule (*pytorch)(const Node& node, std::ptrdiff_t outputs) = nullptr;

    Stands stands = Stands::anywhere;
    bool is_residual = false;    // its items stand in parentheses: residual(main | shortcut)
    bool keeps_shape = false;    // such a layer may stand behind a last linear that lacks its size
    bool takes_its_size = false; // as the last layer it may lack its size, which then comes from the data
    bool has_bias = true;        // false: a linear right before it needs none, since the mean is subtracted
    bool passes_gain = false;    // a linear's gain is that of the activation behind this layer
    double gain = 0;             // an activation's gain, for the weights before it; 0: this is no activation
};

struct InputKind {
    SpecWord word;
    LayerShape (*shape)(const SpecOptions& options);

    // The inputs that such data may be, each with a size where the text has none, in the order in which a network tries
    // them; none: this is no input for such data.
    std::vector<InputSpec> (*fitted)(const InputSpec& input, const DataShape& data);

    // The input's part of a training step, before those of all layers. Null: the layers read the minibatch themselves.
    void (*plan)(Planner& planner) = nullptr;
    void (*plan_few)(Planner& planner) = nullptr; // as LayerKind's
};

// How the outputs of a network become predictions.
enum class Link {
    softmax,  // a probability for each output
    sigmoid,  // one output: the probability of the second class
    identity, // numbers
};

struct LossKind {
    SpecWord word;
    Task task; // of the data that suit it
    Link link;

    // The number of outputs for this many classes, or numbers to learn; none: the loss does not suit this many.
    std::optional<std::ptrdiff_t> (*outputs)(std::ptrdiff_t count);
    const char* expects; // "two classes", for people

    // The weighted mean over a minibatch, and in training its gradient with respect to the outputs.
    float (*compute)(const SpecOptions& options, const LossBatch& batch);

    // The same for a batch by example, (examples, stride), if that is possible; else none. Null: it never is.
    std::optional<float> (*compute_few)(const SpecOptions& options, const LossBatch& batch) = nullptr;
};

// The layers, inputs and losses that a text may name. The first loss for a task is used for data that name none.
struct SpecWords {
    std::span<const LayerKind* const> layers;
    std::span<const InputKind* const> inputs;
    std::span<const LossKind* const> losses;
};

} // namespace nib
