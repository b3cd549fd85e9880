// flatten: the numbers of planes as one row, in the order (channel, y, x).
#include "ops/list.hpp"
#include "ops/planes.hpp"

namespace nib {

namespace {

constexpr char call[] = R"(
    $p_transpose($[from], $[pixels], $[channels], $[to]);)";

std::vector<std::string> c_functions(const infer::Operation&) { return {c_text::transpose}; }

void c_call(CSource& c, const OpAt& at)
{
    c.set("pixels", static_cast<std::size_t>(at.operation.in.pixels()));
    c.set("channels", at.operation.in.channels);
    c.write(call);
}

// ONNX has planes in that order.
void add_onnx(OnnxGraph& g, const OpAt&) { g.node("Flatten", {g.value()}, g.next()); }

} // namespace

const Op flatten_op = {.word = "flatten", .c_functions = c_functions, .c_call = c_call, .onnx = add_onnx};

} // namespace nib
