// Convolutions of a batch, its examples in the lanes, pixel by pixel: see EngineTable::convolve_batch. Taps outside the
// plane are skipped, which changes no bit of a sum that begins with +0.
#pragma once

#include "infer/batch_product.hpp"
#include "infer/table.hpp"

#include <algorithm>

namespace nib::infer {

template <class A>
void convolve_batch(const BatchConvolution& t, const float* x, float* y)
{
    const kernels::WindowAxis &vertical = t.windows.y, &horizontal = t.windows.x;
    const std::ptrdiff_t channels = t.windows.channels, pixel = channels * t.lanes, line = horizontal.in * pixel;
    BatchProduct p = {.outputs = 0,
                      .lanes = t.lanes,
                      .runs = 0,
                      .run = 0,
                      .w = nullptr,
                      .w_run = 16 * channels * horizontal.taps,
                      .w_step = 16,
                      .x = nullptr,
                      .x_run = vertical.dilation * line,
                      .y = y,
                      .accumulates = false,
                      .bias = nullptr,
                      .rectifies = t.rectifies};
    for (std::ptrdiff_t oy = 0; oy < vertical.out; ++oy) {
        const kernels::TapRun rows = kernels::taps_of_output(vertical, oy);
        p.runs = rows.count;
        for (std::ptrdiff_t ox = 0; ox < horizontal.out; ++ox) {
            const kernels::TapRun taps = kernels::taps_of_output(horizontal, ox);
            p.run = taps.count * channels;
            p.x = x + rows.at * line + taps.at * pixel;
            p.w = t.weights + rows.first * p.w_run + taps.first * 16 * channels;
            p.bias = t.bias;
            for (std::ptrdiff_t first = 0; first < t.outputs; first += 16, p.w += t.panel, p.bias += 16) {
                p.outputs = std::min<std::ptrdiff_t>(16, t.outputs - first);
                batch_product<A>(p);
                p.y += p.outputs * t.lanes;
            }
        }
    }
}

} // namespace nib::infer
