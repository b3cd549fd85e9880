#include "kernels/convolution.hpp"

#include <algorithm>
#include <cstring>

namespace nib::kernels {

namespace {

using Index = std::ptrdiff_t;

constexpr Index weights_at_once = 1 << 16; // floats of weights that stay in the second cache while the pixels pass by

// Fewer filters are not worth transposing: tall tiles (taps_product.hpp) have more than nine rows.
constexpr Index tall_filters = 10;

// One side of a convolution: which planes are read and which are written, and how a window's taps lie in the weights.
struct Pass {
    const WindowSegments &lines, &columns;
    Index read_width, write_width;   // pixels of a line
    Index read_pixels, write_pixels; // of a plane
    Index tap_row, tap_column;       // floats of the weights from one tap to the next
};

// Rows of C in a part whose weights stay in the second cache.
Index rows_at_once(const Convolution& v, Index depth)
{
    return std::max<Index>(weights_at_once / std::max<Index>(depth * v.taps(), 1) / 36 * 36, 36);
}

// A segment of lines and one of columns: their taps, and where they begin in what is read and in what is written.
struct SegmentPlace {
    const TapRun &y, &x;
    Index in, out;
};

// f(part, place) for all segments: a part of the whole, a product or a pool, whose places they are.
template <class Taps, class F>
void for_segments(const Convolution& v, const Pass& pass, const Taps& whole, F f)
{
    for (const WindowSegment& line : pass.lines) {
        for (const WindowSegment& column : pass.columns) {
            const TapRun &y = line.taps, &x = column.taps;
            Taps part = whole;
            part.tap_rows = y.count;
            part.tap_columns = x.count;
            part.in_tap_row = y.step * pass.read_width * v.stride;
            part.in_tap_column = x.step * v.stride;
            part.lines = line.count;
            part.pixels = column.count;
            part.in_line = line.advance * pass.read_width * v.stride;
            part.in_pixel = column.advance * v.stride;
            part.out_line = line.step * pass.write_width * v.stride;
            part.out_pixel = column.step * v.stride;
            f(part, SegmentPlace{y, x, (y.at * pass.read_width + x.at) * v.stride,
                                 (line.first * pass.write_width + column.first) * v.stride});
        }
    }
}

// All segments of the product of a part of the rows. t has what does not depend on the segment; a, b and c are those of
// tap 0 and pixel 0.
void run_part(const Table& table, const Convolution& v, const Pass& pass, const TapsProduct& t)
{
    for_segments(v, pass, t, [&](TapsProduct& part, const SegmentPlace& at) {
        part.a += at.y.first * pass.tap_row + at.x.first * pass.tap_column;
        part.a_tap_row = at.y.tap_step * pass.tap_row;
        part.a_tap_column = at.x.tap_step * pass.tap_column;
        part.b += at.in;
        part.c += at.out;
        table.taps_product(part);
    });
}

// A group's product. With a workspace, weights along k are transposed first: across k, one pointer serves all rows.
void run(const Table& table, const Convolution& v, const Pass& pass, const TapsProduct& t, float* workspace = nullptr)
{
    const Index rows = rows_at_once(v, t.depth);
    for (Index first = 0; first < t.m; first += rows) {
        TapsProduct part = t;
        Pass used = pass;
        part.m = std::min(rows, t.m - first);
        part.a += first * (t.a_along_k ? t.a_stride : 1);
        part.c += first * t.c_row;
        if (workspace != nullptr) {
            part.a_along_k = false;
            part.a_stride = padded(part.m);
            used.tap_row *= part.a_stride;
            used.tap_column *= part.a_stride;
            table.transpose(part.m, t.depth * v.taps(), part.a, t.a_stride, workspace, part.a_stride);
            part.a = workspace;
        }
        run_part(table, v, used, part);
    }
}

// f(group, first, last) for the parts of [first, last) that belong to one group of `size` each.
template <class F>
void for_groups_of(Index first, Index last, Index size, F f)
{
    for (Index at = first; at < last;) {
        const Index end = std::min(last, (at / size + 1) * size);
        f(at / size, at, end);
        at = end;
    }
}

struct PlaneSegments {
    WindowSegments lines, columns;

    static PlaneSegments of_outputs(const Convolution& v)
    {
        PlaneSegments s;
        segments_of_outputs(v.y, s.lines);
        segments_of_outputs(v.x, s.columns);
        return s;
    }
    static PlaneSegments of_inputs(const Convolution& v)
    {
        PlaneSegments s;
        segments_of_inputs(v.y, s.lines);
        segments_of_inputs(v.x, s.columns);
        return s;
    }
};

Pass forward_pass(const Convolution& v, const PlaneSegments& s, Index tap)
{
    return {.lines = s.lines,
            .columns = s.columns,
            .read_width = v.x.in,
            .write_width = v.x.out,
            .read_pixels = v.in_pixels(),
            .write_pixels = v.out_pixels(),
            .tap_row = v.x.taps * tap,
            .tap_column = tap};
}

Pass backward_pass(const Convolution& v, const PlaneSegments& s, Index tap)
{
    Pass pass = forward_pass(v, s, tap);
    std::swap(pass.read_width, pass.write_width);
    std::swap(pass.read_pixels, pass.write_pixels);
    return pass;
}

// The product without its segments: m rows of C, depth planes of B.
TapsProduct whole(const Convolution& v, const Pass& pass, Index m, Index depth)
{
    TapsProduct t{};
    t.m = m;
    t.depth = depth;
    t.blocks = blocks_of(v.examples);
    t.b_step = pass.read_pixels * v.stride;
    t.c_row = pass.write_pixels * v.stride;
    return t;
}

// A pool of means is a depthwise convolution whose weights are all the same number.
void average(const Table& table, const Convolution& v, const Pass& pass, Index first, Index last, const float* from,
             float* to)
{
    const float weight = 1.0f / static_cast<float>(v.taps());
    TapsProduct t = whole(v, pass, 1, 1);
    t.a = &weight;
    for (Index channel = first; channel < last; ++channel) {
        t.b = from + channel * t.b_step;
        t.c = to + channel * t.c_row;
        run(table, v, pass, t);
    }
}

// The way back from a single window that is the whole plane: each pixel gets the same.
void spread_average(const Table& table, const Convolution& v, Index first, Index last, const float* dy, float* dx)
{
    const float weight = 1.0f / static_cast<float>(v.taps());
    TapsProduct t{};
    t.m = t.depth = t.tap_rows = t.tap_columns = 1;
    t.a = &weight;
    t.blocks = blocks_of(v.examples);
    t.lines = v.y.in;
    t.pixels = v.x.in;
    t.out_line = v.x.in * v.stride;
    t.out_pixel = v.stride;
    for (Index channel = first; channel < last; ++channel) {
        t.b = dy + channel * v.stride;
        t.c = dx + channel * v.in_pixels() * v.stride;
        table.taps_product(t);
    }
}

// The same for a pool of the largest numbers, one channel at a time.
void run_max(const Convolution& v, const Pass& pass, const TapsMax& t, void (*kernel)(const TapsMax&))
{
    for_segments(v, pass, t, [&](TapsMax& part, const SegmentPlace& at) {
        part.x += at.in;
        part.y += at.out;
        if (t.dx != nullptr) part.dx += at.in, part.dy += at.out;
        kernel(part);
    });
}

} // namespace

void convolve(const Table& table, const Convolution& v, const Filters& w, Index first, Index last, const float* x,
              float* z, float* workspace) noexcept
{
    const PlaneSegments segments = PlaneSegments::of_outputs(v);
    const Pass pass = forward_pass(v, segments, v.group_channels());
    for_groups_of(first, last, v.group_outputs(), [&](Index group, Index from, Index end) {
        TapsProduct t = whole(v, pass, end - from, v.group_channels());
        t.a = w.at + from * w.stride;
        t.a_stride = w.stride;
        t.a_along_k = true;
        t.b = x + group * v.group_channels() * t.b_step;
        t.c = z + from * t.c_row;
        run(table, v, pass, t, end - from >= tall_filters ? workspace : nullptr);
    });
}

Index outputs_workspace(const Convolution& v, Index outputs) noexcept
{
    const Index depth = v.group_channels(), rows = std::min({outputs, v.group_outputs(), rows_at_once(v, depth)});
    return rows < tall_filters ? 0 : padded(rows) * depth * v.taps();
}

void convolve_back(const Table& table, const Convolution& v, const Filters& w, Index first, Index last, const float* dz,
                   float* dx) noexcept
{
    const PlaneSegments segments = PlaneSegments::of_inputs(v);
    const Pass pass = backward_pass(v, segments, v.group_channels());
    for_groups_of(first, last, v.group_channels(), [&](Index group, Index from, Index end) {
        const Index output = group * v.group_outputs();
        TapsProduct t = whole(v, pass, end - from, v.group_outputs());
        t.a = w.at + output * w.stride + from - group * v.group_channels();
        t.a_stride = w.stride;
        t.b = dz + output * t.b_step;
        t.c = dx + from * t.c_row;
        run(table, v, pass, t);
    });
}

void pool_average(const Table& table, const Convolution& v, Index first, Index last, const float* x, float* y) noexcept
{
    const PlaneSegments segments = PlaneSegments::of_outputs(v);
    average(table, v, forward_pass(v, segments, 0), first, last, x, y);
}

void pool_average_back(const Table& table, const Convolution& v, Index first, Index last, const float* dy,
                       float* dx) noexcept
{
    if (v.out_pixels() == 1 && v.taps() == v.in_pixels()) return spread_average(table, v, first, last, dy, dx);
    const PlaneSegments segments = PlaneSegments::of_inputs(v);
    average(table, v, backward_pass(v, segments, 0), first, last, dy, dx);
}

void pool_max(const Table& table, const Convolution& v, Index first, Index last, const float* x, float* y) noexcept
{
    const PlaneSegments segments = PlaneSegments::of_outputs(v);
    const Pass pass = forward_pass(v, segments, 0);
    for (Index channel = first; channel < last; ++channel) {
        TapsMax t{};
        t.blocks = blocks_of(v.examples);
        t.x = x + channel * v.in_pixels() * v.stride;
        t.y = y + channel * v.out_pixels() * v.stride;
        run_max(v, pass, t, table.taps_max);
    }
}

void pool_max_back(const Table& table, const Convolution& v, Index first, Index last, const float* x, const float* y,
                   const float* dy, float* dx) noexcept
{
    const PlaneSegments segments = PlaneSegments::of_outputs(v);
    const Pass pass = forward_pass(v, segments, 0);
    const Index in = v.in_pixels() * v.stride, out = v.out_pixels() * v.stride;
    for (Index channel = first; channel < last; ++channel) {
        std::memset(dx + channel * in, 0, static_cast<std::size_t>(in) * sizeof *dx);
        TapsMax t{};
        t.blocks = blocks_of(v.examples);
        t.x = x + channel * in;
        t.y = const_cast<float*>(y) + channel * out;
        t.dy = dy + channel * out;
        t.dx = dx + channel * in;
        run_max(v, pass, t, table.taps_max_back);
    }
}

} // namespace nib::kernels
