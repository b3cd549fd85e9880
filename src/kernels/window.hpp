// The window of a convolution or a pool along one axis of a plane: which positions each of its taps meets. Taps outside
// the plane are left out of every sum.
#pragma once

#include <algorithm>
#include <cstddef>

namespace nib::kernels {

// Tap k of output o meets input o stride - padding + k dilation. All but the padding are 1 or more, and an output's
// window is no longer than the padded input.
struct WindowAxis {
    std::ptrdiff_t in = 1, out = 1, taps = 1, stride = 1, padding = 0, dilation = 1;
};

inline constexpr std::ptrdiff_t most_taps = 128, most_window_stride = 128; // along an axis

// The outputs along an axis, as torch.nn counts them; below 1 where the window is longer than the padded input.
constexpr std::ptrdiff_t window_outputs(const WindowAxis& w) noexcept
{
    const std::ptrdiff_t left = w.in + 2 * w.padding - w.dilation * (w.taps - 1) - 1;
    return left < 0 ? 0 : left / w.stride + 1;
}

// The taps that meet a position, in the order of the positions that they meet in the other plane. Members have no
// initial values, as a thousand runs stand in the arrays of WindowSegments, of which a call uses a few.
struct TapRun {
    std::ptrdiff_t first, count, tap_step; // taps first, first + tap_step, ...
    std::ptrdiff_t at, step;               // meet the positions at, at + step, ...

    friend bool operator==(const TapRun&, const TapRun&) = default;
};

inline constexpr TapRun no_taps = {0, 0, 1, 0, 1};

// The inputs that output o reads. Inlined always, since kernels call it: a copy that the linker shares between files of
// different instruction sets could be the wrong one.
[[gnu::always_inline]] constexpr TapRun taps_of_output(const WindowAxis& w, std::ptrdiff_t o) noexcept
{
    const std::ptrdiff_t origin = o * w.stride - w.padding;
    const std::ptrdiff_t first = origin < 0 ? (-origin + w.dilation - 1) / w.dilation : 0;
    const std::ptrdiff_t left = w.in - 1 - origin; // the last tap is at most left / dilation
    const std::ptrdiff_t last = left < 0 ? -1 : std::min(left / w.dilation, w.taps - 1);
    if (last < first) return no_taps;
    return {first, last - first + 1, 1, origin + first * w.dilation, w.dilation};
}

// The outputs that read input i.
constexpr TapRun taps_of_input(const WindowAxis& w, std::ptrdiff_t i) noexcept
{
    TapRun run = no_taps;
    for (std::ptrdiff_t k = w.taps - 1; k >= 0; --k) {
        const std::ptrdiff_t reach = i + w.padding - k * w.dilation;
        if (reach < 0 || reach % w.stride != 0 || reach / w.stride >= w.out) continue;
        if (run.count == 0) run = {k, 0, 0, reach / w.stride, 1};
        if (run.count == 1) run.tap_step = k - run.first, run.step = reach / w.stride - run.at;
        ++run.count;
    }
    return run;
}

// Positions first, first + step, ... that have the same taps; from one to the next, these meet positions that lie
// `advance` further on.
struct WindowSegment {
    std::ptrdiff_t first, count, step, advance;
    TapRun taps; // of the first position
};

// Along an axis; the number of segments does not depend on its length. The positions of each of up to
// most_window_stride phases begin with one, and each tap makes another where it enters the plane and where it leaves
// it.
struct WindowSegments {
    static constexpr std::ptrdiff_t most = 2 * most_taps + most_window_stride;

    WindowSegment all[most];
    std::ptrdiff_t count = 0;

    const WindowSegment* begin() const noexcept { return all; }
    const WindowSegment* end() const noexcept { return all + count; }

    // Adds a position, to the last segment if its taps are the same.
    void add(std::ptrdiff_t position, std::ptrdiff_t step, std::ptrdiff_t advance, const TapRun& taps) noexcept
    {
        if (count > 0) {
            WindowSegment& last = all[count - 1];
            TapRun next = last.taps;
            if (next.count > 0) next.at += last.count * advance;
            if (next == taps && last.first + last.count * step == position) {
                ++last.count;
                return;
            }
        }
        all[count++] = {position, 1, step, advance, taps};
    }
};

inline void segments_of_outputs(const WindowAxis& w, WindowSegments& to) noexcept
{
    to.count = 0;
    for (std::ptrdiff_t o = 0; o < w.out; ++o) to.add(o, 1, w.stride, taps_of_output(w, o));
}

inline void segments_of_inputs(const WindowAxis& w, WindowSegments& to) noexcept
{
    to.count = 0;
    for (std::ptrdiff_t phase = 0; phase < std::min(w.stride, w.in); ++phase)
        for (std::ptrdiff_t i = phase; i < w.in; i += w.stride) to.add(i, w.stride, 1, taps_of_input(w, i));
}

} // namespace nib::kernels
