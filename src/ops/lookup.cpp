// lookup: the embeddings of the context's symbols, side by side.
#include "ops/c_text.hpp"
#include "ops/list.hpp"

namespace nib {

namespace {

std::string text_for(const char* type, const char* parameter, const char* number)
{
    return std::string("\n/* The embeddings of the context's symbols, side by side, [symbol][size]. */\n") +
           "static void $p_look_up(const " + type + " *embedding, " + parameter +
           "const int32_t *context, size_t size, float *y)\n"
           "{\n"
           "    size_t place, e;\n"
           "    for (place = 0; place < $P_CONTEXT; ++place) {\n"
           "        const " +
           type +
           " *row = embedding + (size_t)context[place] * size;\n"
           "        for (e = 0; e < size; ++e) *y++ = " +
           number + ";\n    }\n}\n";
}

constexpr char call[] = R"(
    $p_look_up($p_embedding, $[scales]context, $[size], $[to]);)";

void c_arrays(CSource& c, const OpAt& at)
{
    const infer::Operation& o = at.operation;
    const auto size = static_cast<std::size_t>(infer::embedding_size(o));
    const std::size_t count = static_cast<std::size_t>(at.view.vocabulary()) * size;
    const char* numbers = at.section() + infer::lookup_scales(o);
    c.write("\n/* [symbol][" + std::to_string(size) + "] */");
    if (o.bits == 8) c.write_floats("steps", size, [&](std::size_t e) { return at.floats()[e]; });
    c.write_array(c_number(o.bits), "embedding", count, [&](std::size_t i) {
        if (o.bits == 32) return c_literal(reinterpret_cast<const float*>(numbers)[i]);
        if (o.bits == 16) return c_literal(reinterpret_cast<const std::uint16_t*>(numbers)[i]);
        return c_literal(static_cast<std::int8_t>(numbers[i]));
    });
}

std::vector<std::string> c_functions(const infer::Operation& operation)
{
    if (operation.bits == 32) return {text_for("float", "", "row[e]")};
    if (operation.bits == 16) return {c_text::bfloat16, text_for("uint16_t", "", "$p_float(row[e])")};
    return {text_for("int8_t", "const float *steps, ", "steps[e] * (float)row[e]")};
}

void c_call(CSource& c, const OpAt& at)
{
    c.set("size", static_cast<std::size_t>(infer::embedding_size(at.operation)));
    c.set("scales", at.operation.bits == 8 ? "$p_steps, " : "");
    c.write(call);
}

void add_onnx(OnnxGraph& g, const OpAt& at)
{
    const auto size = static_cast<std::size_t>(infer::embedding_size(at.operation));
    const auto symbols = static_cast<std::size_t>(at.view.vocabulary());
    const std::string embedding = g.floats("embedding", {symbols, size},
                                           [&](std::size_t row, std::size_t e) { return at.floats()[row * size + e]; });
    // 0: the batch size is kept.
    const std::string shape = g.integers("shape", {0, static_cast<std::int64_t>(at.outputs())});
    g.node("Gather", {embedding, g.value()}, "embedded");
    g.node("Reshape", {"embedded", shape}, g.next());
}

} // namespace

const Op lookup_op = {
    .word = "lookup", .c_arrays = c_arrays, .c_functions = c_functions, .c_call = c_call, .onnx = add_onnx};

} // namespace nib
