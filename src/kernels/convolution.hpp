// Convolution on feature-major planes: what it leaves, and the gradients of its input and of its weights, over the
// table's kernels.
//
//   z[o](y, x) = sum over ky, kx, c of w[o][ky][kx][c] in[c](y stride - padding + ky dilation, ...)
//
// in this order of the sum, each element being one chain of fma; taps outside the plane are left out. With groups, the
// outputs and the channels are cut into as many parts, and a part's outputs read the channels of the same part.
#pragma once

#include "kernels/table.hpp"
#include "kernels/window.hpp"

#include <cstddef>

namespace nib::kernels {

// The blocks of 16 floats that hold n, and their floats.
constexpr std::ptrdiff_t blocks_of(std::ptrdiff_t n) noexcept { return (n + 15) / 16; }
constexpr std::ptrdiff_t padded(std::ptrdiff_t n) noexcept { return 16 * blocks_of(n); }

struct Convolution {
    WindowAxis y, x;
    std::ptrdiff_t channels, outputs; // of all groups
    std::ptrdiff_t groups;            // divides both
    std::ptrdiff_t examples, stride;  // floats of a pixel: a multiple of 16, at least the examples

    std::ptrdiff_t taps() const noexcept { return y.taps * x.taps; }
    std::ptrdiff_t group_channels() const noexcept { return channels / groups; }
    std::ptrdiff_t group_outputs() const noexcept { return outputs / groups; }
    std::ptrdiff_t in_pixels() const noexcept { return y.in * x.in; }
    std::ptrdiff_t out_pixels() const noexcept { return y.out * x.out; }
    // Too few channels to fill the lanes.
    bool is_narrow() const noexcept { return group_channels() < 16; }
};

// The weights of all outputs: (outputs, stride), a row being [ky][kx][channel of the group].
struct Filters {
    const float* at;
    std::ptrdiff_t stride;
};

// Outputs first to last - 1: z[o] of all planes (channels, pixels, stride) of x. workspace: null, or
// outputs_workspace(v, last - first) floats, with which large batches take less time.
void convolve(const Table& table, const Convolution& v, const Filters& w, std::ptrdiff_t first, std::ptrdiff_t last,
              const float* x, float* z, float* workspace = nullptr) noexcept;
std::ptrdiff_t outputs_workspace(const Convolution& v, std::ptrdiff_t outputs) noexcept;

// The gradient of channels first to last - 1 of the input, from all planes of dz.
void convolve_back(const Table& table, const Convolution& v, const Filters& w, std::ptrdiff_t first,
                   std::ptrdiff_t last, const float* dz, float* dx) noexcept;

// The gradient of the weights of outputs first to last - 1, (outputs, dw_stride), from all planes of x and the planes of
// dz. Examples are taken in chunks of 32; each element is one chain over the chunks, the pixels and the examples. Of
// a narrow convolution it is summed by example mod 16 instead. workspace: weights_workspace(v, last - first) floats.
void convolve_weights(const Table& table, const Convolution& v, std::ptrdiff_t first, std::ptrdiff_t last,
                      const float* x, const float* dz, float* dw, std::ptrdiff_t dw_stride, float* workspace) noexcept;
std::ptrdiff_t weights_workspace(const Convolution& v, std::ptrdiff_t outputs) noexcept;

// The mean over each window of each channel, of which the taps outside the plane count as 0 (torch.nn.AvgPool2d), for
// channels first to last - 1; and the way back. channels = outputs = groups.
void pool_average(const Table& table, const Convolution& v, std::ptrdiff_t first, std::ptrdiff_t last, const float* x,
                  float* y) noexcept;
void pool_average_back(const Table& table, const Convolution& v, std::ptrdiff_t first, std::ptrdiff_t last,
                       const float* dy, float* dx) noexcept;

// The largest number of each window; on the way back, the first of these in the order (ky, kx) gets the gradient.
void pool_max(const Table& table, const Convolution& v, std::ptrdiff_t first, std::ptrdiff_t last, const float* x,
              float* y) noexcept;
void pool_max_back(const Table& table, const Convolution& v, std::ptrdiff_t first, std::ptrdiff_t last, const float* x,
                   const float* y, const float* dy, float* dx) noexcept;

} // namespace nib::kernels
