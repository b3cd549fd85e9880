#include "infer/planes.hpp"

#include <cstring>

namespace nib::infer {

namespace {

// The numbers behind a value up to a multiple of 16 are 0, as dense operations need them.
void clear_end(const Operation& o, float* x) noexcept
{
    std::memset(x + o.outputs, 0, static_cast<std::size_t>(stride_of(o) - o.outputs) * sizeof *x);
}

// Copies a plane, with zeros to the left and right of each row.
void copy_bordered(const Operation& o, const float* x, float* to) noexcept
{
    const std::size_t border = std::size_t{o.x.padding} * o.in.channels, row = std::size_t{o.in.width} * o.in.channels;
    for (std::uint32_t y = 0; y < o.in.height; ++y, x += row) {
        std::memset(to, 0, border * sizeof *to);
        std::memcpy(to + border, x, row * sizeof *to);
        std::memset(to + border + row, 0, border * sizeof *to);
        to += 2 * border + row;
    }
}

// The value of one step of an operation's input, and the factor that turns numbers into steps.
struct Steps {
    float step, factor;
};
Steps steps_of(const EngineTable& kernels, const Operation& o, const float* x) noexcept
{
    const float bound = o.bound > 0 ? o.bound : kernels.largest(o.inputs, x);
    return {bound * (1.0f / 127), bound > too_small ? 127.0f / bound : 0.0f};
}

// Whether a relu in place follows an operation.
bool is_rectified(const EnginePass& pass, const Operation* o) noexcept
{
    return o + 1 != pass.view.end() && o[1].kind == OperationKind::activate && o[1].activation == NIB_RELU &&
           o[1].copy < 0;
}

// The relu and the addition that a convolution does as well; returns the last operation of them.
template <class T>
const Operation* take_along(const EnginePass& pass, const Operation* o, T& t) noexcept
{
    if (o + 1 != pass.view.end() && o[1].kind == OperationKind::add && o[1].copy < 0) {
        ++o;
        t.term = pass.place(o->term);
    }
    t.rectifies = is_rectified(pass, o);
    return t.rectifies ? o + 1 : o;
}

void convolve(const EnginePass& pass, const Operation& o, PlaneConvolution& t, const float* x, float* y) noexcept
{
    const EngineTable& kernels = *pass.view.kernels;
    const Bordered plane = bordered_of(o);
    if (o.bits != 8) {
        if (plane.floats == 0) return kernels.convolve(t, x, y);
        copy_bordered(o, x, pass.rows());
        return kernels.convolve(t, pass.rows(), y);
    }
    const Steps steps = steps_of(kernels, o, x);
    t.step = steps.step;
    auto* const bytes = reinterpret_cast<unsigned char*>(pass.rows());
    const std::size_t pixel = o.in.channels, pitch = static_cast<std::size_t>(plane.width) * pixel;
    std::memset(bytes, 128, static_cast<std::size_t>(plane.height) * pitch + 3);
    kernels.to_bytes(o.in.height, static_cast<std::ptrdiff_t>(o.in.width * pixel), static_cast<std::ptrdiff_t>(pitch),
                     steps.factor, x, bytes + o.y.padding * pitch + o.x.padding * pixel);
    pass.view.dots->convolve(t, bytes, y);
}

Depthwise depthwise_of(const EnginePass& pass, const Operation& o) noexcept
{
    const auto row = static_cast<std::ptrdiff_t>(section_row(o));
    const float *const bias = pass.view.numbers(o), *const after = bias + row;
    Depthwise t{.windows = windows_of(o),
                .weights = after,
                .stride = row,
                .bias = bias,
                .scales = o.bits == 8 ? after : nullptr,
                .step = 0.0f,
                .term = nullptr,
                .rectifies = false};
    if (o.bits == 32) return t;
    pass.view.kernels->widen(static_cast<std::ptrdiff_t>(taps_of(o)), row, o.bits, o.bits == 8 ? after + row : after,
                             pass.rows());
    t.weights = pass.rows();
    return t;
}

const float* whole_numbers(const EnginePass& pass, const Operation& o, const float* x, float& step) noexcept
{
    const EngineTable& kernels = *pass.view.kernels;
    const Steps steps = steps_of(kernels, o, x);
    float* const to = pass.rows() + taps_of(o) * section_row(o);
    kernels.to_whole(o.inputs, steps.factor, x, to);
    step = steps.step;
    return to;
}

// x: (rows, columns, lanes), to: (columns, rows, lanes).
void transpose(std::size_t rows, std::size_t columns, std::size_t lanes, const float* x, float* to) noexcept
{
    for (std::size_t column = 0; column < columns; ++column) {
        for (std::size_t row = 0; row < rows; ++row, to += lanes) {
            const float* const from = x + (row * columns + column) * lanes;
            for (std::size_t i = 0; i < lanes; ++i) to[i] = from[i];
        }
    }
}

// A batch's convolution takes a relu along, and no addition, which would be two kilobytes of code.
const Operation* run_batch(const EnginePass& pass, const Operation* o, const float* x, float* y) noexcept
{
    BatchConvolution t = batch_convolution_of(pass.view, *o, pass.lanes);
    t.rectifies = is_rectified(pass, o);
    pass.view.kernels->convolve_batch(t, x, y);
    return t.rectifies ? o + 1 : o;
}

} // namespace

void load_plane(const Shape& shape, const float* row, float* x) noexcept
{
    const auto pixels = static_cast<std::size_t>(shape.pixels());
    if (shape.channels == 1 || pixels == 1) {
        std::memcpy(x, row, pixels * shape.channels * sizeof *x);
    } else {
        transpose(shape.channels, pixels, 1, row, x);
    }
}

const Operation* run_convolution(const EnginePass& pass, const Operation* o) noexcept
{
    const float* x = pass.place(o->from);
    float* const y = pass.place(o->to);
    if (pass.lanes > 1) return run_batch(pass, o, x, y);
    const Operation* last;
    if (o->kind == OperationKind::convolution) {
        PlaneConvolution t = convolution_of(pass.view, *o);
        last = take_along(pass, o, t);
        convolve(pass, *o, t, x, y);
    } else {
        Depthwise t = depthwise_of(pass, *o);
        last = take_along(pass, o, t);
        if (o->bits == 8) x = whole_numbers(pass, *o, x, t.step);
        pass.view.kernels->depthwise(t, x, y);
    }
    clear_end(*o, y);
    return last;
}

void run_on_plane(const EnginePass& pass, const Operation& o) noexcept
{
    const float* const x = pass.place(o.from);
    float* const y = pass.place(o.to);
    if (o.kind == OperationKind::flatten) {
        transpose(static_cast<std::size_t>(o.in.pixels()), o.in.channels, static_cast<std::size_t>(pass.lanes), x, y);
    } else {
        Windows t = windows_of(o);
        t.channels *= pass.lanes; // each lane of a channel is like a channel of its own
        pass.view.kernels->pool(t, o.kind == OperationKind::max_pool, x, y);
    }
    if (pass.lanes == 1) clear_end(o, y);
}

} // namespace nib::infer
