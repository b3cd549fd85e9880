// The gradient of a convolution's weights. A product runs over the pixels and examples of dz, whose numbers are the
// broadcast operand as they lie. Its other operand is the input with the channels in the lanes, for which lines of it
// are transposed: as many as a window has, in a ring, for 32 examples, so that they stay in the second cache. Taps
// outside the plane are left out: of 8 x 8 pixels and 3 x 3 taps, they would be a sixth of the multiply-adds. Fewer
// than 16 channels would leave lanes empty; then the examples stay there (narrow_weights.hpp).
#include "kernels/convolution.hpp"

#include <algorithm>
#include <cstring>

namespace nib::kernels {

namespace {

using Index = std::ptrdiff_t;

constexpr Index most_examples = 32; // of a chunk

// The transposed lines of a group's input for some examples, and the sums of its weights.
struct Lines {
    const Table& table;
    const Convolution& v;
    Index channels;  // of the group
    Index lanes;     // the channels, and what fills a block up
    Index columns;   // of the sums: all taps
    Index ring;      // lines
    Index line_size; // floats
    float *sums, *lines = nullptr;

    // workspace null: for the sizes alone.
    Lines(const Table& used, const Convolution& of, Index outputs, float* workspace)
        : table(used),
          v(of),
          channels(of.group_channels()),
          lanes(padded(channels)),
          columns(of.taps() * lanes),
          ring(of.y.dilation * (of.y.taps - 1) + 1),
          line_size(of.x.in * lanes * most_examples),
          sums(workspace)
    {
        if (sums != nullptr) lines = sums + outputs * columns;
    }

    float* line(Index y) const { return lines + y % ring * line_size; }

    // Line y of the plane.
    void fill(const float* x, Index y, Index examples) const
    {
        float* to = line(y);
        const Index size = examples * lanes;
        if (lanes > channels) std::memset(to, 0, static_cast<std::size_t>(v.x.in * size) * sizeof *to);
        for (Index i = 0; i < v.x.in; ++i) {
            const float* from = x + (y * v.x.in + i) * v.stride;
            if (i + 1 < v.x.in) prefetch(from + v.stride);
            table.transpose(channels, examples, from, v.in_pixels() * v.stride, to + i * size, lanes);
        }
    }

    // A pixel of all channels, which are planes apart.
    void prefetch(const float* pixel) const
    {
        for (Index c = 0; c < channels; ++c, pixel += v.in_pixels() * v.stride) {
            __builtin_prefetch(pixel);
            __builtin_prefetch(pixel + 16);
        }
    }
};

// Adds what one line of dz gives to the sums: the pixels whose windows have the same taps, from left to right.
void add_line(const Lines& l, const WindowSegments& columns, Index y, Index outputs, const float* dz, Index examples)
{
    const Convolution& v = l.v;
    const Index size = examples * l.lanes;
    const TapRun rows = taps_of_output(v.y, y);
    TapsProduct t{};
    t.m = outputs;
    t.depth = examples;
    t.tap_rows = 1;
    t.a_stride = v.out_pixels() * v.stride;
    t.a_tap_column = v.stride;
    t.b_step = l.lanes;
    t.in_tap_column = v.x.stride * size;
    t.lines = 1;
    t.blocks = l.lanes / 16;
    t.in_pixel = v.x.dilation * size;
    t.out_pixel = l.lanes;
    t.c_row = l.columns;
    t.accumulate = t.a_along_k = t.is_a_far = true;
    for (Index i = 0; i < rows.count; ++i) {
        for (const WindowSegment& segment : columns) {
            t.tap_columns = segment.count;
            t.pixels = segment.taps.count;
            t.a = dz + (y * v.x.out + segment.first) * v.stride;
            t.b = l.line(rows.at + i * rows.step) + segment.taps.at * size;
            t.c = l.sums + ((rows.first + i) * v.x.taps + segment.taps.first) * l.lanes;
            l.table.taps_product(t);
        }
    }
}

// x: the group's planes; dz: the outputs' planes.
void sum_weights(const Lines& l, Index outputs, const float* x, const float* dz)
{
    const Convolution& v = l.v;
    WindowSegments columns;
    segments_of_outputs(v.x, columns);
    std::memset(l.sums, 0, static_cast<std::size_t>(outputs * l.columns) * sizeof *l.sums);
    for (Index first = 0; first < v.examples; first += most_examples) {
        const Index examples = std::min(most_examples, v.examples - first);
        Index filled = 0; // lines
        for (Index y = 0; y < v.y.out; ++y) {
            const Index begin = y * v.y.stride - v.y.padding, end = std::min(begin + l.ring, v.y.in);
            for (filled = std::max(filled, begin); filled < end; ++filled) l.fill(x + first, filled, examples);
            add_line(l, columns, y, outputs, dz + first, examples);
        }
    }
}

void copy_weights(const Lines& l, Index outputs, float* dw, Index dw_stride)
{
    for (Index o = 0; o < outputs; ++o)
        for (Index tap = 0; tap < l.v.taps(); ++tap)
            std::memcpy(dw + o * dw_stride + tap * l.channels, l.sums + o * l.columns + tap * l.lanes,
                        static_cast<std::size_t>(l.channels) * sizeof *dw);
}

} // namespace

void convolve_weights(const Table& table, const Convolution& v, Index first, Index last, const float* x,
                      const float* dz, float* dw, Index dw_stride, float* workspace) noexcept
{
    const Index in = v.in_pixels() * v.stride, out = v.out_pixels() * v.stride, size = v.group_outputs();
    for (Index at = first; at < last;) {
        const Index group = at / size, end = std::min(last, (group + 1) * size);
        const float* const planes = x + group * v.group_channels() * in;
        float* const to = dw + (at - first) * dw_stride;
        if (v.is_narrow()) {
            table.narrow_weights({v.y, v.x, v.examples, v.stride, v.group_channels(), end - at, planes, dz + at * out,
                                  to, dw_stride, workspace});
        } else {
            const Lines lines(table, v, end - at, workspace);
            sum_weights(lines, end - at, planes, dz + at * out);
            copy_weights(lines, end - at, to, dw_stride);
        }
        at = end;
    }
}

Index weights_workspace(const Convolution& v, Index outputs) noexcept
{
    if (v.is_narrow()) return 16 * v.taps() * v.group_channels() * most_narrow_outputs;
    const Index rows = std::min(outputs, v.group_outputs());
    const Lines lines(*table(), v, rows, nullptr);
    return rows * lines.columns + lines.ring * lines.line_size;
}

} // namespace nib::kernels
