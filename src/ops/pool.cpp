// max-pool and average-pool: the largest number, or the mean, of each channel's windows.
#include "ops/list.hpp"
#include "ops/planes.hpp"

namespace nib {

namespace {

constexpr char largest[] = R"(
/* The largest number of each channel's windows. */
static void $p_max_pool(const $p_windows *s, const float *x, float *y)
{
    int32_t out_y, out_x, c, tap_y, tap_x;
    for (out_y = 0; out_y < s->out_height; ++out_y) {
        for (out_x = 0; out_x < s->out_width; ++out_x) {
            for (c = 0; c < s->channels; ++c) {
                float most = 0.0f;
                int found = 0;
                for (tap_y = 0; tap_y < s->kernel_y; ++tap_y) {
                    for (tap_x = 0; tap_x < s->kernel_x; ++tap_x) {
                        const int32_t pixel = $p_pixel(s, out_y, out_x, tap_y, tap_x);
                        if (pixel < 0) continue;
                        const float *from = x + (size_t)pixel * (size_t)s->channels + (size_t)c;
                        most = found && most > *from ? most : *from;
                        found = 1;
                    }
                }
                *y++ = most;
            }
        }
    }
}
)";

constexpr char mean[] = R"(
/* The sum of each channel's windows over the number of their taps. */
static void $p_average_pool(const $p_windows *s, const float *x, float *y)
{
    const float count = (float)(s->kernel_y * s->kernel_x);
    int32_t out_y, out_x, c, tap_y, tap_x;
    for (out_y = 0; out_y < s->out_height; ++out_y) {
        for (out_x = 0; out_x < s->out_width; ++out_x) {
            for (c = 0; c < s->channels; ++c) {
                float sum = 0.0f;
                for (tap_y = 0; tap_y < s->kernel_y; ++tap_y) {
                    for (tap_x = 0; tap_x < s->kernel_x; ++tap_x) {
                        const int32_t pixel = $p_pixel(s, out_y, out_x, tap_y, tap_x);
                        if (pixel >= 0) sum += x[(size_t)pixel * (size_t)s->channels + (size_t)c];
                    }
                }
                *y++ = sum / count;
            }
        }
    }
}
)";

constexpr char largest_call[] = R"(
    $p_max_pool(&$p_windows$[number], $[from], $[to]);)";

constexpr char mean_call[] = R"(
    $p_average_pool(&$p_windows$[number], $[from], $[to]);)";

std::vector<std::string> largest_functions(const infer::Operation&) { return {c_text::windows, largest}; }
std::vector<std::string> mean_functions(const infer::Operation&) { return {c_text::windows, mean}; }

void call_largest(CSource& c, const OpAt&) { c.write(largest_call); }
void call_mean(CSource& c, const OpAt&) { c.write(mean_call); }

void largest_onnx(OnnxGraph& g, const OpAt& at) { add_onnx_windows(g, at, "MaxPool", {}, {}); }

void mean_onnx(OnnxGraph& g, const OpAt& at) { add_onnx_windows(g, at, "AveragePool", {}, {{"count_include_pad", 1}}); }

} // namespace

const Op max_pool_op = {.word = "max-pool",
                        .c_arrays = write_windows,
                        .c_functions = largest_functions,
                        .c_call = call_largest,
                        .onnx = largest_onnx};

const Op average_pool_op = {.word = "average-pool",
                            .c_arrays = write_windows,
                            .c_functions = mean_functions,
                            .c_call = call_mean,
                            .onnx = mean_onnx};

} // namespace nib
