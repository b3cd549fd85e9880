#include "ops/onnx_graph.hpp"

namespace nib {

namespace onnx {
enum NodeField : std::uint32_t { node_input = 1, node_output, node_name, node_operator, node_attribute };
enum AttributeField : std::uint32_t { attribute_name = 1, attribute_int = 3, attribute_ints = 8, attribute_type = 20 };
enum TensorField : std::uint32_t { tensor_dimension = 1, tensor_type, tensor_name = 8, tensor_raw };
enum ValueField : std::uint32_t { value_name = 1, value_type };
enum TypeField : std::uint32_t { type_tensor = 1, type_element = 1, type_shape };
enum ShapeField : std::uint32_t { shape_dimension = 1, dimension_value = 1, dimension_name };

constexpr std::uint64_t attribute_is_int = 2, attribute_is_ints = 7;
} // namespace onnx

OnnxGraph::OnnxGraph(Memory* memory) : memory_(memory), graph_(memory) { graph_.bytes(onnx::graph_name, "nib"); }

void OnnxGraph::node(const char* operation, const std::vector<std::string_view>& inputs, std::string_view output,
                     const std::vector<Attribute>& attributes)
{
    ProtobufMessage node(memory_);
    for (const std::string_view input : inputs) node.bytes(onnx::node_input, input);
    node.bytes(onnx::node_output, output);
    node.bytes(onnx::node_name, output);
    node.bytes(onnx::node_operator, operation);
    for (const Attribute& each : attributes) {
        ProtobufMessage attribute(memory_);
        attribute.bytes(onnx::attribute_name, each.name);
        for (const std::int64_t value : each.values)
            attribute.number(each.is_list ? onnx::attribute_ints : onnx::attribute_int,
                             static_cast<std::uint64_t>(value));
        attribute.number(onnx::attribute_type, each.is_list ? onnx::attribute_is_ints : onnx::attribute_is_int);
        node.message(onnx::node_attribute, attribute);
    }
    graph_.message(onnx::graph_node, node);
}

void OnnxGraph::constant(std::string_view name, const std::vector<std::size_t>& dimensions, std::uint64_t type,
                         const void* data, std::size_t bytes)
{
    ProtobufMessage tensor(memory_);
    for (const std::size_t dimension : dimensions) tensor.number(onnx::tensor_dimension, dimension);
    tensor.number(onnx::tensor_type, type);
    tensor.bytes(onnx::tensor_name, name);
    tensor.bytes(onnx::tensor_raw, {static_cast<const char*>(data), bytes});
    graph_.message(onnx::graph_initializer, tensor);
}

std::string OnnxGraph::integers(std::string name, const std::vector<std::int64_t>& values)
{
    constant(name, {values.size()}, onnx::type_int64, values.data(), values.size() * sizeof values[0]);
    return name;
}

void OnnxGraph::interface(std::uint32_t field, const char* name, std::uint64_t element, std::size_t columns)
{
    ProtobufMessage batch(memory_), column(memory_), shape(memory_), tensor(memory_), type(memory_), value(memory_);
    batch.bytes(onnx::dimension_name, "batch");
    column.number(onnx::dimension_value, columns);
    shape.message(onnx::shape_dimension, batch);
    shape.message(onnx::shape_dimension, column);
    tensor.number(onnx::type_element, element);
    tensor.message(onnx::type_shape, shape);
    type.message(onnx::type_tensor, tensor);
    value.bytes(onnx::value_name, name);
    value.message(onnx::value_type, type);
    graph_.message(field, value);
}

} // namespace nib
