// scale-shift: y[i] = scale[i] x[i] + shift[i], for a batch normalisation that does not follow a product.
#include "ops/list.hpp"

namespace nib {

namespace {

constexpr char function[] = R"(
static void $p_scale_shift(const float *scale, const float *shift, size_t n, float *x)
{
    size_t i;
    for (i = 0; i < n; ++i) x[i] = $P_FMA(scale[i], x[i], shift[i]);
}
)";

constexpr char call[] = R"(
    $p_scale_shift($p_scale$[number], $p_shift$[number], $[outputs], $[to]);)";

void c_arrays(CSource& c, const OpAt& at)
{
    c.write_floats("scale" + at.number, at.outputs(), [&](std::size_t i) { return at.floats()[i]; });
    c.write_floats("shift" + at.number, at.outputs(), [&](std::size_t i) { return at.floats()[at.stride() + i]; });
}

std::vector<std::string> c_functions(const infer::Operation&) { return {function}; }

void c_call(CSource& c, const OpAt&) { c.write(call); }

void add_onnx(OnnxGraph& g, const OpAt& at)
{
    const auto row = [&](const char* name, const float* numbers) {
        return g.floats(g.part(name), {at.outputs()}, [&](std::size_t, std::size_t i) { return numbers[i]; });
    };
    const std::string scaled = g.part("scaled");
    g.node("Mul", {g.value(), row("scale", at.floats())}, scaled);
    g.node("Add", {scaled, row("shift", at.floats() + at.stride())}, g.next());
}

} // namespace

const Op scale_shift_op = {
    .word = "scale-shift", .c_arrays = c_arrays, .c_functions = c_functions, .c_call = c_call, .onnx = add_onnx};

} // namespace nib
