// dense: y = bias + W x.
#include "ops/c_text.hpp"
#include "ops/list.hpp"
#include "ops/planes.hpp"
#include "ops/weights.hpp"

namespace nib {

namespace {

constexpr char float_layer[] = R"(
/* y = bias + W x. weights [outputs / 4][inputs][4], outputs rounded up to a multiple of 4. */
static void $p_layer(const $[type] *weights, const float *bias, size_t inputs, size_t outputs, const float *x, float *y)
{
    size_t o, k;
    for (o = 0; o < outputs; o += 4) {
        float a = bias[o], b = bias[o + 1], c = bias[o + 2], d = bias[o + 3];
        for (k = 0; k < inputs; ++k, weights += 4) {
            a = $P_FMA(x[k], $[float]weights[0]$[/float], a);
            b = $P_FMA(x[k], $[float]weights[1]$[/float], b);
            c = $P_FMA(x[k], $[float]weights[2]$[/float], c);
            d = $P_FMA(x[k], $[float]weights[3]$[/float], d);
        }
        y[o] = a;
        y[o + 1] = b;
        y[o + 2] = c;
        y[o + 3] = d;
    }
}
)";

constexpr char integer_layer[] = R"(
/* y = bias + W x; x becomes bytes. weights [outputs / 4][inputs][4], outputs rounded up to a multiple of 4: whole
 * numbers, of which 1 stands for the output's scale. */
static void $p_layer(const int8_t *weights, const float *scales, const float *bias, size_t inputs, size_t outputs,
                     float bound, float *x, float *y)
{
    const float step = $p_quantise(x, inputs, bound);
    const int8_t *bytes = (const int8_t *)x;
    size_t o, k;
    for (o = 0; o < outputs; o += 4) {
        int32_t a = 0, b = 0, c = 0, d = 0;
        for (k = 0; k < inputs; ++k, weights += 4) {
            const int32_t input = bytes[k];
            a += input * weights[0];
            b += input * weights[1];
            c += input * weights[2];
            d += input * weights[3];
        }
        y[o] = $P_FMA((float)a, scales[o] * step, bias[o]);
        y[o + 1] = $P_FMA((float)b, scales[o + 1] * step, bias[o + 1]);
        y[o + 2] = $P_FMA((float)c, scales[o + 2] * step, bias[o + 2]);
        y[o + 3] = $P_FMA((float)d, scales[o + 3] * step, bias[o + 3]);
    }
}
)";

constexpr char float_call[] = R"(
    $p_layer($p_weights$[number], $p_bias$[number], $[inputs], $[outputs], $[from], $[to]);)";

constexpr char integer_call[] = R"(
    $p_layer($p_weights$[number], $p_scales$[number], $p_bias$[number], $[inputs], $[outputs], $[bound], $[from],
             $[to]);)";

void c_arrays(CSource& c, const OpAt& at)
{
    const Weights w(at);
    const std::size_t inputs = at.inputs(), outputs = at.outputs(), padded = in_blocks(outputs);
    const std::uint32_t bits = at.operation.bits;
    c.write("\n/* Operation " + at.number + ": " + std::to_string(inputs) + " inputs, " + std::to_string(outputs) +
            " outputs. */");
    c.write_floats("bias" + at.number, padded, [&](std::size_t o) { return w.bias(o); });
    if (bits == 8) c.write_floats("scales" + at.number, padded, [&](std::size_t o) { return w.scale(o); });
    c.write_array(c_number(bits), "weights" + at.number, padded * inputs, [&](std::size_t i) {
        return w.literal(i / c_block % inputs, i / (c_block * inputs) * c_block + i % c_block);
    });
}

std::vector<std::string> c_functions(const infer::Operation& operation)
{
    if (operation.bits == 8) return {c_text::quantise, integer_layer};
    const std::string layer = c_text::for_weights(float_layer, operation.bits);
    return operation.bits == 16 ? std::vector<std::string>{c_text::bfloat16, layer} : std::vector<std::string>{layer};
}

void c_call(CSource& c, const OpAt& at)
{
    c.set("bound", c_literal(at.operation.bound));
    c.write(at.operation.bits == 8 ? integer_call : float_call);
}

void add_onnx(OnnxGraph& g, const OpAt& at)
{
    const Weights w(at);
    const std::size_t inputs = at.inputs(), outputs = at.outputs();
    const std::string weight = g.floats(g.part("weight"), {inputs, outputs},
                                        [&](std::size_t k, std::size_t o) { return w.weight(w.of_input(k), o); });
    const std::string bias = g.floats(g.part("bias"), {outputs}, [&](std::size_t, std::size_t o) { return w.bias(o); });
    g.node("Gemm", {onnx_row(g, at.operation.in), weight, bias}, g.next());
}

} // namespace

const Op dense_op = {
    .word = "dense", .c_arrays = c_arrays, .c_functions = c_functions, .c_call = c_call, .onnx = add_onnx};

} // namespace nib
