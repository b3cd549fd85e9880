// activate: y[i] = activation(x[i]).
#include "activations/description.hpp"
#include "ops/c_text.hpp"
#include "ops/list.hpp"

#include <algorithm>

namespace nib {

namespace {

// The activation's word as a part of an identifier.
std::string identifier(const infer::Operation& operation)
{
    std::string word = op_word(operation);
    std::replace(word.begin(), word.end(), '-', '_');
    return word;
}

constexpr char loop[] = R"(
static void $p_each_$[activation](float *y, size_t n)
{
    size_t i;
    for (i = 0; i < n; ++i) y[i] = $p_$[activation](y[i]);
}
)";

constexpr char call[] = R"(
    $p_each_$[activation]($[to], $[outputs]);)";

const activations::Description& description_of(const infer::Operation& operation)
{
    return activations::description_of(static_cast<nib_activation>(operation.activation));
}

std::vector<std::string> c_functions(const infer::Operation& operation)
{
    const std::string name = identifier(operation);
    constexpr std::string_view gap = "$[activation]";
    return {c_text::filled(description_of(operation).c_text, gap, name), c_text::filled(loop, gap, name)};
}

void c_call(CSource& c, const OpAt& at)
{
    c.set("activation", identifier(at.operation));
    c.write(call);
}

void add_onnx(OnnxGraph& g, const OpAt& at)
{
    const std::string input = g.value();
    std::string last = input;
    std::size_t count = 0;
    const std::initializer_list<activations::OnnxNode> nodes = description_of(at.operation).onnx;
    for (const activations::OnnxNode& node : nodes) {
        std::string result = g.next();
        if (++count < nodes.size()) result.append(".").append(std::to_string(count));
        std::vector<std::string> operands = {last};
        if (node.with_input) operands.push_back(input);
        for (const float constant : node.constants)
            operands.push_back(g.number(result + ".input." + std::to_string(operands.size()), constant));
        g.node(node.operation, {operands.begin(), operands.end()}, result);
        last = std::move(result);
    }
}

} // namespace

const Op activate_op = {.word = "activate", .c_functions = c_functions, .c_call = c_call, .onnx = add_onnx};

} // namespace nib
