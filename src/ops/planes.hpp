// Parts of the exports of operations on planes.
#pragma once

#include "ops/op.hpp"

#include <string>
#include <vector>

namespace nib {

// ---- C. Planes lie in the order (y, x, channel).

namespace c_text {

// Before the constants of this type.
inline constexpr char windows_type[] = R"(
/* The windows of an operation, and the planes that they move over, which lie [y][x][channel]. */
typedef struct $p_windows {
    int32_t channels, height, width, outputs, out_height, out_width, groups;
    int32_t kernel_y, kernel_x, stride_y, stride_x, padding_y, padding_x, dilation_y, dilation_x;
} $p_windows;
)";

inline constexpr char windows[] = R"(
/* The number of the pixel under a window's tap; -1 outside the plane. */
static int32_t $p_pixel(const $p_windows *s, int32_t out_y, int32_t out_x, int32_t tap_y, int32_t tap_x)
{
    const int32_t y = out_y * s->stride_y - s->padding_y + tap_y * s->dilation_y;
    const int32_t x = out_x * s->stride_x - s->padding_x + tap_x * s->dilation_x;
    return y < 0 || y >= s->height || x < 0 || x >= s->width ? -1 : y * s->width + x;
}
)";

inline constexpr char transpose[] = R"(
/* from [rows][columns], to [columns][rows] */
static void $p_transpose(const float *from, size_t rows, size_t columns, float *to)
{
    size_t row, column;
    for (column = 0; column < columns; ++column) {
        for (row = 0; row < rows; ++row) *to++ = from[row * columns + column];
    }
}
)";

} // namespace c_text

// Writes the constant $p_windowsN of an operation.
void write_windows(CSource& c, const OpAt& at);

// The functions of an operation with windows and weights, whose own is one of these two, by the kind of its weights.
std::vector<std::string> weighted_windows(const infer::Operation& o, const char* float_windows,
                                          const char* integer_windows);

// ---- ONNX. A value is (N, C, H, W) if it has a plane, else (N, C).

// The current value, of this shape, as (N, numbers) or as (N, C, H, W).
std::string onnx_row(OnnxGraph& graph, const infer::Shape& shape);
std::string onnx_planes(OnnxGraph& graph, const infer::Shape& shape);

// Adds a node with windows; attributes beside those of the windows. Its result is the next value.
void add_onnx_windows(OnnxGraph& graph, const OpAt& at, const char* operation, std::vector<std::string> constants,
                      std::vector<OnnxGraph::Attribute> more);

// Adds a Conv with these weights and the operation's bias.
void add_onnx_convolution(OnnxGraph& graph, const OpAt& at, const std::string& weight);

} // namespace nib
