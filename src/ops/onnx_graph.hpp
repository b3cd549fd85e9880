// Builds an ONNX graph node by node. Operators are those of opset 13.
#pragma once

#include "base/buffer.hpp"
#include "ops/protobuf.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nib {

// Field numbers and values of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
namespace onnx {
enum GraphField : std::uint32_t { graph_node = 1, graph_name, graph_initializer = 5, graph_input = 11, graph_output };
inline constexpr std::uint64_t type_float = 1, type_int64 = 7;
} // namespace onnx

class OnnxGraph {
public:
    struct Attribute {
        Attribute(const char* word, std::int64_t number) : name(word), values{number} {}
        Attribute(const char* word, std::vector<std::int64_t> list) : name(word), values(std::move(list)), is_list(true)
        {
        }

        const char* name;
        std::vector<std::int64_t> values;
        bool is_list = false;
    };

    explicit OnnxGraph(Memory* memory);

    Memory* memory() const noexcept { return memory_; }
    const ProtobufMessage& message() const noexcept { return graph_; }

    // Begins an operation. The last of its nodes has the operation's name, and its output is the next value.
    void begin(std::string name) { next_ = std::move(name); }
    const std::string& next() const noexcept { return next_; }
    std::string part(const char* name) const { return next_ + "." + name; } // a name within the operation
    void end() { value_ = next_; }                                          // next() is the value now

    const std::string& value() const noexcept { return value_; }
    std::vector<std::string>& stack() noexcept { return stack_; }
    void set_value(std::string name) { value_ = std::move(name); }

    // Adds a node, named after its output.
    void node(const char* operation, const std::vector<std::string_view>& inputs, std::string_view output,
              const std::vector<Attribute>& attributes = {});

    // Adds constants, row-major; each(row, column), a column being a number of the last dimension.
    template <class Each>
    std::string floats(std::string name, const std::vector<std::size_t>& dimensions, Each each)
    {
        std::size_t count = 1, columns = 1;
        for (const std::size_t dimension : dimensions) count *= columns = dimension;
        Buffer<float> values(count, memory_);
        for (std::size_t i = 0; i < count; ++i) values[i] = each(i / columns, i % columns);
        constant(name, dimensions, onnx::type_float, values.data(), values.size() * sizeof(float));
        return name;
    }
    std::string number(std::string name, float value)
    {
        return floats(std::move(name), {}, [&](std::size_t, std::size_t) { return value; });
    }
    std::string integers(std::string name, const std::vector<std::int64_t>& values);

    // Adds an input or an output: (batch, columns), with any batch size.
    void interface(std::uint32_t field, const char* name, std::uint64_t element, std::size_t columns);

private:
    void constant(std::string_view name, const std::vector<std::size_t>& dimensions, std::uint64_t type,
                  const void* data, std::size_t bytes);

    Memory* memory_;
    ProtobufMessage graph_;
    std::string value_, next_;
    std::vector<std::string> stack_;
};

} // namespace nib
