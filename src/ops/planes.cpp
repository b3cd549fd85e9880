#include "ops/planes.hpp"

#include "ops/c_text.hpp"
#include "ops/weights.hpp"

namespace nib {

void write_windows(CSource& c, const OpAt& at)
{
    const infer::Operation& o = at.operation;
    const std::uint32_t groups = o.groups == 0 ? o.in.channels : o.groups;
    const std::uint32_t numbers[] = {o.in.channels, o.in.height, o.in.width,  o.out.channels, o.out.height,
                                     o.out.width,   groups,      o.y.kernel,  o.x.kernel,     o.y.stride,
                                     o.x.stride,    o.y.padding, o.x.padding, o.y.dilation,   o.x.dilation};
    std::string text = "\nstatic const $p_windows $p_windows" + at.number + " = {";
    for (const std::uint32_t each : numbers) text.append(std::to_string(each)).append(", ");
    text.resize(text.size() - 2);
    c.write(text.append("};\n"));
    c.count_bytes(sizeof numbers);
}

std::vector<std::string> weighted_windows(const infer::Operation& o, const char* float_windows,
                                          const char* integer_windows)
{
    if (o.bits == 8) return {c_text::windows, c_text::quantise, integer_windows};
    std::vector<std::string> all = {c_text::windows};
    if (o.bits == 16) all.emplace_back(c_text::bfloat16);
    all.push_back(c_text::for_weights(float_windows, o.bits));
    return all;
}

std::string onnx_row(OnnxGraph& g, const infer::Shape& shape)
{
    if (shape.pixels() == 1) return g.value();
    std::string row = g.part("row");
    g.node("Flatten", {g.value()}, row);
    return row;
}

std::string onnx_planes(OnnxGraph& g, const infer::Shape& shape)
{
    std::string planes = g.part("planes");
    const std::string extents = g.integers(g.part("shape"), {0, shape.channels, shape.height, shape.width});
    g.node("Reshape", {g.value(), extents}, planes);
    return planes;
}

void add_onnx_windows(OnnxGraph& g, const OpAt& at, const char* operation, std::vector<std::string> constants,
                      std::vector<OnnxGraph::Attribute> more)
{
    const infer::Operation& o = at.operation;
    more.emplace_back("kernel_shape", std::vector<std::int64_t>{o.y.kernel, o.x.kernel});
    more.emplace_back("strides", std::vector<std::int64_t>{o.y.stride, o.x.stride});
    more.emplace_back("pads", std::vector<std::int64_t>{o.y.padding, o.x.padding, o.y.padding, o.x.padding});
    std::vector<std::string_view> inputs(constants.begin(), constants.end());
    const std::string planes = o.in.pixels() == 1 ? onnx_planes(g, o.in) : g.value();
    inputs.insert(inputs.begin(), planes);
    if (o.out.pixels() > 1) return g.node(operation, inputs, g.next(), more);
    const std::string result = g.part("planes_out");
    g.node(operation, inputs, result, more);
    g.node("Flatten", {result}, g.next());
}

void add_onnx_convolution(OnnxGraph& g, const OpAt& at, const std::string& weight)
{
    const Weights w(at);
    const infer::Operation& o = at.operation;
    const std::string bias =
        g.floats(g.part("bias"), {o.out.channels}, [&](std::size_t, std::size_t i) { return w.bias(i); });
    add_onnx_windows(
        g, at, "Conv", {weight, bias},
        {{"group", std::int64_t{o.groups}}, {"dilations", std::vector<std::int64_t>{o.y.dilation, o.x.dilation}}});
}

} // namespace nib
