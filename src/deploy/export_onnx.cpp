#include "deploy/export_onnx.hpp"

#include "activations/description.hpp"
#include "base/error.hpp"
#include "deploy/protobuf.hpp"
#include "deploy/weights.hpp"
#include "io/file.hpp"
#include "net/model_metadata.hpp"
#include "nib/nib.h"

#include <algorithm>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nib {

namespace {

// Field numbers and values of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
namespace onnx {
enum ModelField : std::uint32_t {
    ir_version = 1,
    producer_name,
    producer_version,
    graph = 7,
    opset_import,
    metadata = 14
};
enum OpsetField : std::uint32_t { opset_version = 2 };
enum EntryField : std::uint32_t { metadata_key = 1, metadata_value };
enum GraphField : std::uint32_t { graph_node = 1, graph_name, graph_initializer = 5, graph_input = 11, graph_output };
enum NodeField : std::uint32_t { node_input = 1, node_output, node_name, node_operator, node_attribute };
enum AttributeField : std::uint32_t { attribute_name = 1, attribute_int = 3, attribute_type = 20 };
enum TensorField : std::uint32_t { tensor_dimension = 1, tensor_type, tensor_name = 8, tensor_raw };
enum ValueField : std::uint32_t { value_name = 1, value_type };
enum TypeField : std::uint32_t { type_tensor = 1, type_element = 1, type_shape };
enum ShapeField : std::uint32_t { shape_dimension = 1, dimension_value = 1, dimension_name };

constexpr std::uint64_t ir_of_opset_13 = 7, attribute_is_int = 2, type_float = 1, type_int64 = 7;
constexpr std::size_t largest_file = (std::size_t{1} << 31) - 1; // protobuf's limit
} // namespace onnx

using Names = std::vector<std::string_view>;

// A node of the graph, named as what it gives. reduces: the dimension that it reduces goes away.
void add_node(ProtobufMessage& graph, const char* operation, const Names& inputs, std::string_view output,
              Memory* memory, bool reduces = false)
{
    ProtobufMessage node(memory);
    for (const std::string_view input : inputs) node.bytes(onnx::node_input, input);
    node.bytes(onnx::node_output, output);
    node.bytes(onnx::node_name, output);
    node.bytes(onnx::node_operator, operation);
    if (reduces) {
        ProtobufMessage keepdims(memory);
        keepdims.bytes(onnx::attribute_name, "keepdims");
        keepdims.number(onnx::attribute_int, 0);
        keepdims.number(onnx::attribute_type, onnx::attribute_is_int);
        node.message(onnx::node_attribute, keepdims);
    }
    graph.message(onnx::graph_node, node);
}

// A constant of the graph, row-major.
template <class T>
void add_constant(ProtobufMessage& graph, std::string_view name, std::initializer_list<std::size_t> dimensions,
                  const Buffer<T>& values, Memory* memory)
{
    ProtobufMessage tensor(memory);
    for (const std::size_t dimension : dimensions) tensor.number(onnx::tensor_dimension, dimension);
    tensor.number(onnx::tensor_type, sizeof(T) == sizeof(float) ? onnx::type_float : onnx::type_int64);
    tensor.bytes(onnx::tensor_name, name);
    tensor.bytes(onnx::tensor_raw, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
    graph.message(onnx::graph_initializer, tensor);
}

template <class Each>
Buffer<float> floats(std::size_t rows, std::size_t columns, Memory* memory, Each each)
{
    Buffer<float> values(rows * columns, memory);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = each(i / columns, i % columns);
    return values;
}

Buffer<std::int64_t> integers(std::initializer_list<std::size_t> numbers, Memory* memory)
{
    Buffer<std::int64_t> values(numbers.size(), memory);
    std::copy(numbers.begin(), numbers.end(), values.begin());
    return values;
}

// An input or an output: (batch, columns), the batch free.
void add_value(ProtobufMessage& graph, std::uint32_t field, const char* name, std::uint64_t element,
               std::size_t columns, Memory* memory)
{
    ProtobufMessage batch(memory), column(memory), shape(memory), tensor(memory), type(memory), value(memory);
    batch.bytes(onnx::dimension_name, "batch");
    column.number(onnx::dimension_value, columns);
    shape.message(onnx::shape_dimension, batch);
    shape.message(onnx::shape_dimension, column);
    tensor.number(onnx::type_element, element);
    tensor.message(onnx::type_shape, shape);
    type.message(onnx::type_tensor, tensor);
    value.bytes(onnx::value_name, name);
    value.message(onnx::value_type, type);
    graph.message(field, value);
}

// The sum of the table's rows of the symbols at their places, as `output`.
void add_table(ProtobufMessage& graph, const infer::View& view, std::string_view output, Memory* memory)
{
    const auto vocabulary = static_cast<std::size_t>(view.vocabulary());
    const auto places = static_cast<std::size_t>(view.context_length());
    const auto stride = static_cast<std::size_t>(view.lookup().stride);
    const auto columns = static_cast<std::size_t>(infer::layer_size(*view.header, 0).outputs);
    Buffer<std::int64_t> first_rows(places, memory);
    for (std::size_t i = 0; i < places; ++i) first_rows[i] = static_cast<std::int64_t>(i * vocabulary);
    add_constant(graph, "first_rows", {places}, first_rows, memory);
    const auto table = [&](std::size_t row, std::size_t column) { return view.first[row * stride + column]; };
    add_constant(graph, "table", {places * vocabulary, columns}, floats(places * vocabulary, columns, memory, table),
                 memory);
    add_constant(graph, "places", {1}, integers({1}, memory), memory); // the axis that is summed over
    add_node(graph, "Add", {"contexts", "first_rows"}, "rows", memory);
    add_node(graph, "Gather", {"table", "rows"}, "parts", memory);
    add_node(graph, "ReduceSum", {"parts", "places"}, output, memory, true);
}

// The embeddings of a context side by side, as `output`.
void add_embedding(ProtobufMessage& graph, const infer::View& view, std::string_view output, Memory* memory)
{
    const auto vocabulary = static_cast<std::size_t>(view.vocabulary());
    const auto places = static_cast<std::size_t>(view.context_length());
    const std::size_t size = view.header->embedding_size;
    const auto embedding = [&](std::size_t row, std::size_t column) { return view.first[row * size + column]; };
    add_constant(graph, "embedding", {vocabulary, size}, floats(vocabulary, size, memory, embedding), memory);
    add_constant(graph, "shape", {2}, integers({0, places * size}, memory), memory); // 0: the batch, as it is
    add_node(graph, "Gather", {"embedding", "contexts"}, "embedded", memory);
    add_node(graph, "Reshape", {"embedded", "shape"}, output, memory);
}

void add_layer(ProtobufMessage& graph, const Weights& layer, std::string_view input, const std::string& output,
               Memory* memory)
{
    const std::size_t inputs = layer.inputs(), outputs = layer.outputs();
    const std::string weight = output + ".weight", bias = output + ".bias";
    const auto weight_of = [&](std::size_t k, std::size_t o) { return layer.weight(k, o); };
    const auto bias_of = [&](std::size_t, std::size_t o) { return layer.bias(o); };
    add_constant(graph, weight, {inputs, outputs}, floats(inputs, outputs, memory, weight_of), memory);
    add_constant(graph, bias, {outputs}, floats(1, outputs, memory, bias_of), memory);
    add_node(graph, "Gemm", {input, weight, bias}, output, memory);
}

// The activation of `input`; returns what the result is called.
std::string add_activation(ProtobufMessage& graph, nib_activation activation, const std::string& input, Memory* memory)
{
    const std::initializer_list<activations::OnnxNode> nodes = activations::description_of(activation).onnx;
    std::string last = input;
    std::size_t count = 0;
    for (const activations::OnnxNode& node : nodes) {
        std::string result = input + ".activation";
        if (++count < nodes.size()) result.append(".").append(std::to_string(count));
        std::vector<std::string> operands = {last};
        if (node.with_input) operands.push_back(input);
        for (const float constant : node.constants) {
            operands.push_back(result + ".input." + std::to_string(operands.size()));
            add_constant(graph, operands.back(), {}, floats(1, 1, memory, [&](auto, auto) { return constant; }),
                         memory);
        }
        add_node(graph, node.operation, {operands.begin(), operands.end()}, result, memory);
        last = std::move(result);
    }
    return last;
}

// What hidden layer i gives, and the last layer.
std::string name_of(const infer::View& view, std::uint32_t layer)
{
    return layer == view.header->inner_layers ? "logits" : "hidden." + std::to_string(layer);
}

ProtobufMessage make_graph(const infer::View& view, Memory* memory)
{
    ProtobufMessage graph(memory);
    graph.bytes(onnx::graph_name, "nib");
    std::string last = "inputs";
    if (!view.has_table()) add_embedding(graph, view, last, memory);
    for (std::uint32_t i = 0; i < view.layer_count(); ++i) {
        std::string result = name_of(view, i);
        if (i == 0 && view.has_table()) {
            add_table(graph, view, result, memory);
        } else {
            add_layer(graph, {view, i}, last, result, memory);
        }
        last = std::move(result);
        last = add_activation(graph, view.activation(i), last, memory);
    }
    const auto places = static_cast<std::size_t>(view.context_length());
    const auto vocabulary = static_cast<std::size_t>(view.vocabulary());
    add_value(graph, onnx::graph_input, "contexts", onnx::type_int64, places, memory);
    add_value(graph, onnx::graph_output, "logits", onnx::type_float, vocabulary, memory);
    return graph;
}

void add_metadata(ProtobufMessage& model, std::string_view key, std::string_view value, Memory* memory)
{
    ProtobufMessage entry(memory);
    entry.bytes(onnx::metadata_key, key);
    entry.bytes(onnx::metadata_value, value);
    model.message(onnx::metadata, entry);
}

void check_weight_bits(const infer::View& view)
{
    if (view.header->weight_bits == 32) return;
    throw Error(NIB_ERR_UNSUPPORTED,
                "the folded model has weights of %u bits: only float weights, 32 bits, are exported as ONNX",
                view.header->weight_bits);
}

void add_vocabulary(ProtobufMessage& model, const Vocabulary& vocabulary, Memory* memory)
{
    Metadata metadata;
    put_vocabulary(vocabulary, metadata);
    for (const char* key : {"vocabulary", "encoding"}) add_metadata(model, key, metadata[key], memory);
}

} // namespace

void export_onnx(const Folded& folded, const std::string& path, Memory* memory)
{
    const infer::View& view = folded.view();
    check_weight_bits(view);
    if (folded.bytes().size() > onnx::largest_file) {
        throw Error(NIB_ERR_UNSUPPORTED, "the folded model has %zu bytes: an ONNX file can have %zu",
                    folded.bytes().size(), onnx::largest_file);
    }
    ProtobufMessage opset(memory), model(memory);
    opset.number(onnx::opset_version, 13);
    model.number(onnx::ir_version, onnx::ir_of_opset_13);
    model.bytes(onnx::producer_name, "nib");
    model.bytes(onnx::producer_version, nib_version());
    model.message(onnx::graph, make_graph(view, memory));
    model.message(onnx::opset_import, opset);
    add_metadata(model, "context_length", std::to_string(view.context_length()), memory);
    add_vocabulary(model, folded.vocabulary(), memory);
    const std::string_view bytes = model.bytes();
    const std::span<const char> part(bytes.data(), bytes.size());
    write_file(path, {&part, 1});
}

} // namespace nib
