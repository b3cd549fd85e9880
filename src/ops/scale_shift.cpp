// scale-shift: y = scale x + shift by channel, for a batch normalisation that does not follow a product.
#include "ops/list.hpp"

namespace nib {

namespace {

constexpr char function[] = R"(
static void $p_scale_shift(const float *scale, const float *shift, size_t channels, size_t pixels, float *x)
{
    size_t i;
    for (; pixels > 0; --pixels, x += channels) {
        for (i = 0; i < channels; ++i) x[i] = $P_FMA(scale[i], x[i], shift[i]);
    }
}
)";

constexpr char call[] = R"(
    $p_scale_shift($p_scale$[number], $p_shift$[number], $[channels], $[pixels], $[to]);)";

void c_arrays(CSource& c, const OpAt& at)
{
    const std::size_t channels = at.operation.out.channels, row = infer::section_row(at.operation);
    c.write_floats("scale" + at.number, channels, [&](std::size_t i) { return at.floats()[i]; });
    c.write_floats("shift" + at.number, channels, [&](std::size_t i) { return at.floats()[row + i]; });
}

std::vector<std::string> c_functions(const infer::Operation&) { return {function}; }

void c_call(CSource& c, const OpAt& at)
{
    c.set("channels", at.operation.out.channels);
    c.set("pixels", static_cast<std::size_t>(at.operation.out.pixels()));
    c.write(call);
}

void add_onnx(OnnxGraph& g, const OpAt& at)
{
    const infer::Shape& shape = at.operation.out;
    const std::vector<std::size_t> dimensions =
        shape.pixels() == 1 ? std::vector<std::size_t>{shape.channels} : std::vector<std::size_t>{shape.channels, 1, 1};
    const auto row = [&](const char* name, const float* numbers) {
        return g.floats(g.part(name), dimensions, [&](std::size_t line, std::size_t i) { return numbers[line + i]; });
    };
    const std::string scaled = g.part("scaled");
    g.node("Mul", {g.value(), row("scale", at.floats())}, scaled);
    g.node("Add", {scaled, row("shift", at.floats() + infer::section_row(at.operation))}, g.next());
}

} // namespace

const Op scale_shift_op = {
    .word = "scale-shift", .c_arrays = c_arrays, .c_functions = c_functions, .c_call = c_call, .onnx = add_onnx};

} // namespace nib
