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
    const std::ptrdiff_t channels = t.windows.channels / t.groups, pixel = t.windows.channels * t.lanes;
    const std::ptrdiff_t blocks = (t.group_outputs + 15) / 16;
    const std::ptrdiff_t line = horizontal.in * pixel;
    BatchProduct p = {.outputs = 0,
                      .lanes = t.lanes,
                      .rows = 0,
                      .runs = 1,
                      .run = channels,
                      .w = nullptr,
                      .w_row = 16 * channels * horizontal.taps,
                      .w_run = 16 * channels,
                      .w_step = 16,
                      .x = nullptr,
                      .x_row = vertical.dilation * line,
                      .x_run = horizontal.dilation * pixel,
                      .y = nullptr,
                      .accumulates = false,
                      .bias = nullptr,
                      .rectifies = t.rectifies};
    const bool is_joined = t.groups == 1 && horizontal.dilation == 1; // the taps of a row are one run
    for (std::ptrdiff_t oy = 0, at = 0; oy < vertical.out; ++oy) {
        const kernels::TapRun rows = kernels::taps_of_output(vertical, oy);
        p.rows = rows.count;
        for (std::ptrdiff_t ox = 0; ox < horizontal.out; ++ox) {
            const kernels::TapRun taps = kernels::taps_of_output(horizontal, ox);
            if (is_joined)
                p.run = taps.count * channels;
            else
                p.runs = taps.count;
            const float* const w = t.weights + rows.first * p.w_row + taps.first * p.w_run;
            const float* const window = x + rows.at * line + taps.at * pixel;
            for (std::ptrdiff_t i = 0; i < t.groups * blocks; ++i, at += p.outputs * t.lanes) {
                p.outputs = std::min<std::ptrdiff_t>(16, t.group_outputs - i % blocks * 16);
                p.w = w + i * t.panel;
                p.x = window + i / blocks * channels * t.lanes;
                p.y = y + at;
                p.bias = t.bias + 16 * i;
                batch_product<A>(p);
            }
        }
    }
}

} // namespace nib::infer
