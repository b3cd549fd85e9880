// convolution: each output channel a weighted sum of what its window meets.
#include "ops/c_text.hpp"
#include "ops/list.hpp"
#include "ops/planes.hpp"
#include "ops/weights.hpp"

namespace nib {

namespace {

constexpr char float_windows[] = R"(
/* The sums of windows, then the bias. weights [groups][outputs of a group / 4, rounded up][rows of the window]
 * [pixels of a row][channels of a group][4]. */
static void $p_convolve(const $p_windows *s, const $[type] *weights, const float *bias, const float *x, float *y)
{
    const int32_t inputs = s->channels / s->groups, outputs = s->outputs / s->groups;
    int32_t out_y, out_x, group, o, tap_y, tap_x, k;
    for (out_y = 0; out_y < s->out_height; ++out_y) {
        for (out_x = 0; out_x < s->out_width; ++out_x) {
            const $[type] *w = weights;
            for (group = 0; group < s->groups; ++group) {
                for (o = 0; o < outputs; o += 4) {
                    float a = 0.0f, b = 0.0f, c = 0.0f, d = 0.0f;
                    for (tap_y = 0; tap_y < s->kernel_y; ++tap_y) {
                        for (tap_x = 0; tap_x < s->kernel_x; ++tap_x, w += 4 * inputs) {
                            const int32_t pixel = $p_pixel(s, out_y, out_x, tap_y, tap_x);
                            if (pixel < 0) continue;
                            const float *from = x + (size_t)pixel * (size_t)s->channels + (size_t)(group * inputs);
                            for (k = 0; k < inputs; ++k) {
                                a = $P_FMA(from[k], $[float]w[4 * k]$[/float], a);
                                b = $P_FMA(from[k], $[float]w[4 * k + 1]$[/float], b);
                                c = $P_FMA(from[k], $[float]w[4 * k + 2]$[/float], c);
                                d = $P_FMA(from[k], $[float]w[4 * k + 3]$[/float], d);
                            }
                        }
                    }
                    k = group * outputs + o;
                    *y++ = a + bias[k];
                    if (o + 1 < outputs) *y++ = b + bias[k + 1];
                    if (o + 2 < outputs) *y++ = c + bias[k + 2];
                    if (o + 3 < outputs) *y++ = d + bias[k + 3];
                }
            }
        }
    }
}
)";

constexpr char integer_windows[] = R"(
/* The sums of windows, then the bias; x becomes bytes. weights [groups][outputs of a group / 4, rounded up]
 * [rows of the window][pixels of a row][channels of a group][4]: whole numbers, of which 1 stands for the output's scale. */
static void $p_convolve(const $p_windows *s, const int8_t *weights, const float *scales, const float *bias, float bound,
                        float *x, float *y)
{
    const int32_t inputs = s->channels / s->groups, outputs = s->outputs / s->groups;
    const float step = $p_quantise(x, (size_t)s->height * (size_t)s->width * (size_t)s->channels, bound);
    const int8_t *bytes = (const int8_t *)x;
    int32_t out_y, out_x, group, o, tap_y, tap_x, k;
    for (out_y = 0; out_y < s->out_height; ++out_y) {
        for (out_x = 0; out_x < s->out_width; ++out_x) {
            const int8_t *w = weights;
            for (group = 0; group < s->groups; ++group) {
                for (o = 0; o < outputs; o += 4) {
                    int32_t sums[4] = {0, 0, 0, 0};
                    for (tap_y = 0; tap_y < s->kernel_y; ++tap_y) {
                        for (tap_x = 0; tap_x < s->kernel_x; ++tap_x, w += 4 * inputs) {
                            const int32_t pixel = $p_pixel(s, out_y, out_x, tap_y, tap_x);
                            if (pixel < 0) continue;
                            const int8_t *from = bytes + (size_t)pixel * (size_t)s->channels + (size_t)(group * inputs);
                            for (k = 0; k < inputs; ++k) {
                                sums[0] += from[k] * w[4 * k];
                                sums[1] += from[k] * w[4 * k + 1];
                                sums[2] += from[k] * w[4 * k + 2];
                                sums[3] += from[k] * w[4 * k + 3];
                            }
                        }
                    }
                    for (k = 0; k < 4 && o + k < outputs; ++k) {
                        const int32_t output = group * outputs + o + k;
                        *y++ = $P_FMA((float)sums[k], scales[output] * step, bias[output]);
                    }
                }
            }
        }
    }
}
)";

constexpr char float_call[] = R"(
    $p_convolve(&$p_windows$[number], $p_weights$[number], $p_bias$[number], $[from], $[to]);)";

constexpr char integer_call[] = R"(
    $p_convolve(&$p_windows$[number], $p_weights$[number], $p_scales$[number], $p_bias$[number], $[bound], $[from],
                $[to]);)";

std::size_t inputs_of(const infer::Operation& o)
{
    return static_cast<std::size_t>(infer::taps_of(o) * (o.in.channels / o.groups));
}

void c_arrays(CSource& c, const OpAt& at)
{
    const Weights w(at);
    const infer::Operation& o = at.operation;
    const std::size_t inputs = inputs_of(o), channels = o.out.channels, outputs = channels / o.groups;
    const std::size_t blocks = in_blocks(outputs) / c_block;
    c.write("\n/* Operation " + at.number + ": " + std::to_string(o.in.channels) + " channels, " +
            std::to_string(channels) + " outputs. */");
    write_windows(c, at);
    c.write_floats("bias" + at.number, channels, [&](std::size_t i) { return w.bias(i); });
    if (o.bits == 8) c.write_floats("scales" + at.number, channels, [&](std::size_t i) { return w.scale(i); });
    c.write_array(c_number(o.bits), "weights" + at.number, o.groups * blocks * inputs * c_block, [&](std::size_t i) {
        const std::size_t block = i / (c_block * inputs), output = block % blocks * c_block + i % c_block;
        if (output >= outputs) return std::string(o.bits == 32 ? "0.0f" : "0");
        return w.literal(i / c_block % inputs, block / blocks * outputs + output);
    });
}

std::vector<std::string> c_functions(const infer::Operation& o)
{
    return weighted_windows(o, float_windows, integer_windows);
}

void c_call(CSource& c, const OpAt& at)
{
    c.set("bound", c_literal(at.operation.bound));
    c.write(at.operation.bits == 8 ? integer_call : float_call);
}

void add_onnx(OnnxGraph& g, const OpAt& at)
{
    const Weights w(at);
    const infer::Operation& o = at.operation;
    const std::size_t channels = o.in.channels / o.groups, outputs = o.out.channels, kernel_x = o.x.kernel;
    // A row is one of the window's, of one output's channel.
    const std::string weight =
        g.floats(g.part("weight"), {outputs, channels, o.y.kernel, kernel_x}, [&](std::size_t row, std::size_t x) {
            const std::size_t y = row % o.y.kernel, channel = row / o.y.kernel % channels;
            return w.weight((y * kernel_x + x) * channels + channel, row / o.y.kernel / channels);
        });
    add_onnx_convolution(g, at, weight);
}

} // namespace

const Op convolution_op = {
    .word = "convolution", .c_arrays = c_arrays, .c_functions = c_functions, .c_call = c_call, .onnx = add_onnx};

} // namespace nib
