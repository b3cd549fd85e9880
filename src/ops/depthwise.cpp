// depthwise: a convolution of each channel by itself.
#include "ops/c_text.hpp"
#include "ops/list.hpp"
#include "ops/planes.hpp"
#include "ops/weights.hpp"

namespace nib {

namespace {

constexpr char float_windows[] = R"(
/* The sums of each channel's windows, then the bias. weights [rows of the window][pixels of a row][channels] */
static void $p_depthwise(const $p_windows *s, const $[type] *weights, const float *bias, const float *x, float *y)
{
    int32_t out_y, out_x, c, tap_y, tap_x;
    for (out_y = 0; out_y < s->out_height; ++out_y) {
        for (out_x = 0; out_x < s->out_width; ++out_x) {
            for (c = 0; c < s->channels; ++c) {
                const $[type] *w = weights + c;
                float sum = 0.0f;
                for (tap_y = 0; tap_y < s->kernel_y; ++tap_y) {
                    for (tap_x = 0; tap_x < s->kernel_x; ++tap_x, w += s->channels) {
                        const int32_t pixel = $p_pixel(s, out_y, out_x, tap_y, tap_x);
                        if (pixel >= 0)
                            sum = $P_FMA(x[(size_t)pixel * (size_t)s->channels + (size_t)c], $[float]*w$[/float], sum);
                    }
                }
                *y++ = sum + bias[c];
            }
        }
    }
}
)";

constexpr char integer_windows[] = R"(
/* The sums of each channel's windows, then the bias; x becomes bytes. weights [rows of the window][pixels of a
 * row][channels]: whole numbers, of which 1 stands for the channel's scale. */
static void $p_depthwise(const $p_windows *s, const int8_t *weights, const float *scales, const float *bias,
                         float bound, float *x, float *y)
{
    const float step = $p_quantise(x, (size_t)s->height * (size_t)s->width * (size_t)s->channels, bound);
    const int8_t *bytes = (const int8_t *)x;
    int32_t out_y, out_x, c, tap_y, tap_x;
    for (out_y = 0; out_y < s->out_height; ++out_y) {
        for (out_x = 0; out_x < s->out_width; ++out_x) {
            for (c = 0; c < s->channels; ++c) {
                const int8_t *w = weights + c;
                int32_t sum = 0;
                for (tap_y = 0; tap_y < s->kernel_y; ++tap_y) {
                    for (tap_x = 0; tap_x < s->kernel_x; ++tap_x, w += s->channels) {
                        const int32_t pixel = $p_pixel(s, out_y, out_x, tap_y, tap_x);
                        if (pixel >= 0) sum += bytes[(size_t)pixel * (size_t)s->channels + (size_t)c] * *w;
                    }
                }
                *y++ = $P_FMA((float)sum, scales[c] * step, bias[c]);
            }
        }
    }
}
)";

constexpr char float_call[] = R"(
    $p_depthwise(&$p_windows$[number], $p_weights$[number], $p_bias$[number], $[from], $[to]);)";

constexpr char integer_call[] = R"(
    $p_depthwise(&$p_windows$[number], $p_weights$[number], $p_scales$[number], $p_bias$[number], $[bound], $[from],
                 $[to]);)";

void c_arrays(CSource& c, const OpAt& at)
{
    const Weights w(at);
    const infer::Operation& o = at.operation;
    const std::size_t channels = o.out.channels, taps = static_cast<std::size_t>(infer::taps_of(o));
    c.write("\n/* Operation " + at.number + ": " + std::to_string(channels) + " channels. */");
    write_windows(c, at);
    c.write_floats("bias" + at.number, channels, [&](std::size_t i) { return w.bias(i); });
    if (o.bits == 8) c.write_floats("scales" + at.number, channels, [&](std::size_t i) { return w.scale(i); });
    c.write_array(c_number(o.bits), "weights" + at.number, taps * channels,
                  [&](std::size_t i) { return w.literal(i / channels, i % channels); });
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
    const std::size_t channels = o.out.channels, kernel_x = o.x.kernel;
    const std::string weight =
        g.floats(g.part("weight"), {channels, 1, o.y.kernel, kernel_x}, [&](std::size_t row, std::size_t x) {
            return w.weight(row % o.y.kernel * kernel_x + x, row / o.y.kernel);
        });
    add_onnx_convolution(g, at, weight);
}

} // namespace

const Op depthwise_op = {
    .word = "depthwise", .c_arrays = c_arrays, .c_functions = c_functions, .c_call = c_call, .onnx = add_onnx};

} // namespace nib
