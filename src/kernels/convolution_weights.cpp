// The gradient of a convolution's weights. A product runs over the pixels and examples of dz, whose numbers are the
// broadcast operand as they lie. Its other operand is the input with the channels in the lanes, for which lines of it
// are transposed: a few lines at a time, for 32 examples, so that they stay in the second cache.
//
// With 16 channels and more, a ring of transposed lines with a border of zeros serves all taps. With fewer channels the
// lanes would be empty; then the taps of each pixel stand side by side in the lanes as well.
#include "kernels/convolution.hpp"

#include <algorithm>
#include <cstring>

namespace nib::kernels {

namespace {

using Index = std::ptrdiff_t;

constexpr Index most_examples = 32; // of a chunk
constexpr Index lanes_from = 16;    // channels that are worth lanes of their own

Index padded(Index n) { return (n + 15) / 16 * 16; }

// The transposed lines of a group's input for some examples, and the sums of its weights.
struct Lines {
    const Table& table;
    const Convolution& v;
    bool is_ring;
    Index channels;  // of the group
    Index lanes;     // of an example: its channels, or those of all taps
    Index columns;   // of the sums: all taps
    Index ring;      // lines of the ring
    Index width;     // pixels of a line
    Index line_size; // floats
    float *sums, *lines = nullptr, *tile = nullptr;

    // workspace null: for the sizes alone.
    Lines(const Table& used, const Convolution& of, Index outputs, float* workspace)
        : table(used),
          v(of),
          is_ring(of.group_channels() >= lanes_from),
          channels(of.group_channels()),
          lanes(padded(is_ring ? channels : channels * of.taps())),
          columns(is_ring ? of.taps() * lanes : lanes),
          ring(is_ring ? of.y.dilation * (of.y.taps - 1) + 1 : 1),
          width(is_ring ? of.x.in + 2 * of.x.padding : of.x.out),
          line_size(width * lanes * most_examples),
          sums(workspace)
    {
        if (sums == nullptr) return;
        lines = sums + outputs * columns;
        tile = lines + ring * line_size;
    }
    Index floats() const { return ring * line_size + (is_ring ? 0 : lanes * most_examples); }

    float* line(Index y) const { return lines + y % ring * line_size; }

    // Line y of the padded input, counted from the padding's first one.
    void fill_ring(const float* x, Index y, Index examples) const
    {
        float* to = line(y);
        const Index at = y - v.y.padding, size = examples * lanes;
        std::memset(to, 0, static_cast<std::size_t>(width * size) * sizeof *to);
        if (at < 0 || at >= v.y.in) return;
        for (Index i = 0; i < v.x.in; ++i)
            table.transpose(channels, examples, x + (at * v.x.in + i) * v.stride, v.in_pixels() * v.stride,
                            to + (i + v.x.padding) * size, lanes);
    }

    // The taps of output line y.
    void fill_taps(const float* x, Index y, Index examples) const
    {
        const TapRun rows = taps_of_output(v.y, y);
        std::memset(tile, 0, static_cast<std::size_t>(lanes * most_examples) * sizeof *tile);
        for (Index o = 0; o < v.x.out; ++o) {
            for (Index ky = 0; ky < v.y.taps; ++ky) {
                const Index at_y = y * v.y.stride - v.y.padding + ky * v.y.dilation;
                const bool is_line = ky >= rows.first && ky < rows.first + rows.count;
                for (Index kx = 0; kx < v.x.taps; ++kx) {
                    const Index at_x = o * v.x.stride - v.x.padding + kx * v.x.dilation;
                    const bool inside = is_line && at_x >= 0 && at_x < v.x.in;
                    fill_tile(x + (at_y * v.x.in + at_x) * v.stride, inside, ky * v.x.taps + kx, examples);
                }
            }
            table.transpose(lanes, examples, tile, most_examples, lines + o * examples * lanes, lanes);
        }
    }

    void fill_tile(const float* x, bool inside, Index tap, Index examples) const
    {
        float* to = tile + tap * channels * most_examples;
        for (Index c = 0; c < channels; ++c, to += most_examples) {
            if (inside)
                std::memcpy(to, x + c * v.in_pixels() * v.stride, static_cast<std::size_t>(examples) * sizeof *to);
            else
                std::memset(to, 0, static_cast<std::size_t>(examples) * sizeof *to);
        }
    }
};

// Adds what one line of dz gives to the sums.
void add_line(const Lines& l, Index y, Index outputs, const float* dz, Index examples, bool is_first)
{
    const Convolution& v = l.v;
    const Index size = examples * l.lanes;
    TapsProduct t{};
    t.m = outputs;
    t.depth = examples;
    t.tap_rows = 1;
    t.tap_columns = v.x.out;
    t.a = dz + y * v.x.out * v.stride;
    t.a_row = v.out_pixels() * v.stride;
    t.a_step = 1;
    t.a_tap_column = v.stride;
    t.b_step = l.lanes;
    t.b_tap_column = l.is_ring ? v.x.stride * size : size;
    t.lines = 1;
    t.pixels = l.is_ring ? v.x.taps : 1;
    t.blocks = l.lanes / 16;
    t.b_pixel = v.x.dilation * size;
    t.c_pixel = l.lanes;
    t.c_row = l.columns;
    t.accumulate = !is_first;
    const Index rows = l.is_ring ? v.y.taps : 1;
    for (Index ky = 0; ky < rows; ++ky) {
        t.b = l.line(y * v.y.stride + ky * v.y.dilation);
        t.c = l.sums + ky * v.x.taps * l.lanes;
        l.table.taps_product(t);
    }
}

// x: the group's planes; dz: the outputs' planes.
void sum_weights(const Lines& l, Index outputs, const float* x, const float* dz)
{
    const Convolution& v = l.v;
    for (Index first = 0; first < v.examples; first += most_examples) {
        const Index examples = std::min(most_examples, v.examples - first);
        Index filled = 0; // lines of the padded input
        for (Index y = 0; y < v.y.out; ++y) {
            if (l.is_ring) {
                const Index needed = y * v.y.stride + l.ring;
                for (filled = std::max(filled, y * v.y.stride); filled < needed; ++filled)
                    l.fill_ring(x + first, filled, examples);
            } else {
                l.fill_taps(x + first, y, examples);
            }
            add_line(l, y, outputs, dz + first, examples, first == 0 && y == 0);
        }
    }
}

void copy_weights(const Lines& l, Index outputs, float* dw, Index dw_stride)
{
    const Index taps = l.is_ring ? l.v.taps() : 1, size = l.is_ring ? l.channels : l.channels * l.v.taps();
    for (Index o = 0; o < outputs; ++o)
        for (Index tap = 0; tap < taps; ++tap)
            std::memcpy(dw + o * dw_stride + tap * size, l.sums + o * l.columns + tap * l.lanes,
                        static_cast<std::size_t>(size) * sizeof *dw);
}

} // namespace

void convolve_weights(const Table& table, const Convolution& v, Index first, Index last, const float* x,
                      const float* dz, float* dw, Index dw_stride, float* workspace) noexcept
{
    const Index in = v.in_pixels() * v.stride, out = v.out_pixels() * v.stride, size = v.group_outputs();
    for (Index at = first; at < last;) {
        const Index group = at / size, end = std::min(last, (group + 1) * size);
        const float* const planes = x + group * v.group_channels() * in;
        if (v.is_depthwise()) {
            for (Index o = at; o < end; ++o)
                table.depthwise_weights({v.y, v.x, v.examples, v.stride, planes, dz + o * out,
                                         dw + (o - first) * dw_stride, 1});
        } else {
            const Lines lines(table, v, end - at, workspace);
            sum_weights(lines, end - at, planes, dz + at * out);
            copy_weights(lines, end - at, dw + (at - first) * dw_stride, dw_stride);
        }
        at = end;
    }
}

Index weights_workspace(const Convolution& v, Index outputs) noexcept
{
    if (v.is_depthwise() || outputs == 0) return 0;
    const Index rows = std::min(outputs, v.group_outputs());
    const Lines lines(*table(), v, rows, nullptr);
    return rows * lines.columns + lines.floats();
}

} // namespace nib::kernels
