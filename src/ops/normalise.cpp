// normalise: each number minus the mean of all, divided by their deviation, times gamma, plus beta; or, not centred,
// divided by the root of their mean square, times gamma.
#include "ops/list.hpp"

namespace nib {

namespace {

constexpr char function[] = R"(
/* The mean of n numbers, or of their squares, by sixteen sums. */
static float $p_mean(const float *x, size_t n, int squares)
{
    float sums[16];
    size_t i, width;
    for (i = 0; i < 16; ++i) sums[i] = 0.0f;
    for (i = 0; i < n; ++i) {
        const float term = squares ? x[i] * x[i] : x[i];
        sums[i % 16] += term;
    }
    for (width = 8; width > 0; width /= 2) {
        for (i = 0; i < width; ++i) sums[i] += sums[i + width];
    }
    return sums[0] / (float)n;
}

/* beta NULL: the mean is not taken off. */
static void $p_normalise(const float *gamma, const float *beta, size_t n, float eps, float *x)
{
    const float mean = beta == NULL ? 0.0f : $p_mean(x, n, 0);
    float inverse;
    size_t i;
    if (beta != NULL) {
        for (i = 0; i < n; ++i) x[i] -= mean;
    }
    inverse = 1.0f / sqrtf($p_mean(x, n, 1) + eps);
    for (i = 0; i < n; ++i) {
        const float scaled = x[i] * inverse;
        x[i] = $P_FMA(scaled, gamma[i], beta == NULL ? 0.0f : beta[i]);
    }
}
)";

constexpr char call[] = R"(
    $p_normalise($p_gamma$[number], $[beta], $[outputs], $[eps], $[to]);)";

const float* beta_of(const OpAt& at) { return at.floats() + at.stride(); }

void c_arrays(CSource& c, const OpAt& at)
{
    c.write_floats("gamma" + at.number, at.outputs(), [&](std::size_t i) { return at.floats()[i]; });
    if (at.operation.centred != 0)
        c.write_floats("beta" + at.number, at.outputs(), [&](std::size_t i) { return beta_of(at)[i]; });
}

std::vector<std::string> c_functions(const infer::Operation&) { return {function}; }

void c_call(CSource& c, const OpAt& at)
{
    c.set("eps", c_literal(at.operation.eps));
    c.set("beta", at.operation.centred != 0 ? "$p_beta$[number]" : "NULL");
    c.write(call);
}

void add_onnx(OnnxGraph& g, const OpAt& at)
{
    const auto row = [&](const char* name, const float* numbers) {
        return g.floats(g.part(name), {at.outputs()}, [&](std::size_t, std::size_t i) { return numbers[i]; });
    };
    const auto named = [&](const char* operation, const std::vector<std::string_view>& inputs, const char* name,
                           const std::vector<OnnxGraph::Attribute>& attributes = {}) {
        std::string result = g.part(name);
        g.node(operation, inputs, result, attributes);
        return result;
    };
    const OnnxGraph::Attribute axes = {"axes", std::vector<std::int64_t>{1}};
    std::string x = g.value();
    if (at.operation.centred != 0) x = named("Sub", {x, named("ReduceMean", {x}, "mean", {axes})}, "centred");
    const std::string square = named("Mul", {x, x}, "square");
    const std::string variance = named("ReduceMean", {square}, "variance", {axes});
    const std::string eps = g.number(g.part("eps"), at.operation.eps);
    const std::string deviation = named("Sqrt", {named("Add", {variance, eps}, "sum")}, "deviation");
    const std::string standard = named("Div", {x, deviation}, "standard");
    if (at.operation.centred == 0) return g.node("Mul", {standard, row("gamma", at.floats())}, g.next());
    const std::string scaled = named("Mul", {standard, row("gamma", at.floats())}, "scaled");
    g.node("Add", {scaled, row("beta", beta_of(at))}, g.next());
}

} // namespace

const Op normalise_op = {
    .word = "normalise", .c_arrays = c_arrays, .c_functions = c_functions, .c_call = c_call, .onnx = add_onnx};

} // namespace nib
