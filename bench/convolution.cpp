// conv/<channels>x<height>x<width>-<outputs>-<taps>/<batch>/<threads>: the products of a convolution in a training
// step, over planes [channel][y][x][example]; conv_dx: the gradient of the input; conv_dw: that of the weights. s2: a
// stride of 2; dw: depthwise. Planes are padded so that a stride of 1 keeps their size. Threads share the planes that
// they write, and meet after each product, as layers do.
#include "kernels/convolution.hpp"
#include "arrays.hpp"
#include "benchmarks.hpp"
#include "measure.hpp"
#include "net/layout.hpp"
#include "net/shares.hpp"

#include <algorithm>

namespace nib::bench {

namespace {

using kernels::Convolution;
using kernels::WindowAxis;

struct Shape {
    std::ptrdiff_t channels, size, outputs, taps, stride, groups; // square planes and windows

    std::string name() const
    {
        const auto cross = [](std::ptrdiff_t n) { return std::to_string(n).append("x").append(std::to_string(n)); };
        std::string text = std::to_string(channels);
        text.append("x")
            .append(cross(size))
            .append("-")
            .append(std::to_string(outputs))
            .append("-")
            .append(cross(taps));
        if (stride > 1) text.append("s").append(std::to_string(stride));
        return groups == 1 ? text : text.append("dw");
    }
};

// The layers of ResNet-20 for CIFAR-10, of a small network for Fashion-MNIST, and a depthwise one.
constexpr Shape resnet_shapes[] = {
    {3, 32, 16, 3, 1, 1},  {16, 32, 16, 3, 1, 1}, {16, 32, 32, 3, 2, 1}, {32, 16, 32, 3, 1, 1},
    {32, 16, 64, 3, 2, 1}, {64, 8, 64, 3, 1, 1},  {16, 32, 32, 1, 2, 1}, {64, 8, 64, 1, 1, 1},
};
constexpr Shape small_shapes[] = {{1, 28, 8, 3, 2, 1}, {8, 14, 16, 3, 2, 1}, {64, 16, 64, 3, 1, 64}};

Convolution convolution_of(const Shape& shape, std::ptrdiff_t batch)
{
    WindowAxis axis = {
        .in = shape.size, .out = 1, .taps = shape.taps, .stride = shape.stride, .padding = shape.taps / 2};
    axis.out = kernels::window_outputs(axis);
    return {.y = axis,
            .x = axis,
            .channels = shape.channels,
            .outputs = shape.outputs,
            .groups = shape.groups,
            .examples = batch,
            .stride = padded(batch)};
}

// The taps of all outputs along an axis that lie in the plane: the others are not computed.
double taps_inside(const WindowAxis& axis)
{
    std::ptrdiff_t taps = 0;
    for (std::ptrdiff_t o = 0; o < axis.out; ++o) taps += kernels::taps_of_output(axis, o).count;
    return static_cast<double>(taps);
}

struct Arrays {
    explicit Arrays(const Convolution& v)
        : row(row_stride(v.group_channels() * v.taps())),
          x(filled(v.channels * v.in_pixels() * v.stride)),
          z(filled(v.outputs * v.out_pixels() * v.stride)),
          weights(filled(v.outputs * row))
    {
    }
    std::ptrdiff_t row; // floats of an output's weights
    Buffer<float> x, z, weights;
};

Demand demand_of(const Convolution& v, const Arrays& arrays, int threads)
{
    const double floats = static_cast<double>(arrays.x.size() + arrays.z.size() + arrays.weights.size());
    return {.flops = 2 * taps_inside(v.y) * taps_inside(v.x) *
                     static_cast<double>(v.group_channels() * v.outputs * v.examples),
            .bytes = 4 * floats,
            .footprint = 4 * floats,
            .meetings = threads > 1 ? 1.0 : 0.0};
}

using Run = void (*)(const Convolution&, Arrays&, Range own, float* workspace);

void run_forward(const Convolution& v, Arrays& a, Range own, float* workspace)
{
    kernels::convolve(*kernels::table(), v, {a.weights.data(), a.row}, own.first, own.last, a.x.data(), a.z.data(),
                      workspace);
}

void run_dx(const Convolution& v, Arrays& a, Range own, float*)
{
    kernels::convolve_back(*kernels::table(), v, {a.weights.data(), a.row}, own.first, own.last, a.z.data(),
                           a.x.data());
}

void run_dw(const Convolution& v, Arrays& a, Range own, float* workspace)
{
    kernels::convolve_weights(*kernels::table(), v, own.first, own.last, a.x.data(), a.z.data(),
                              a.weights.data() + own.first * a.row, a.row, workspace);
}

// written: planes that the threads share.
void measure(benchmark::State& state, const Convolution& v, std::ptrdiff_t written, Run run, int threads)
{
    Arrays arrays(v);
    std::vector<Buffer<float>> workspaces;
    for (int thread = 0; thread < threads; ++thread) {
        const std::ptrdiff_t outputs = slice(v.outputs, threads, thread).size();
        workspaces.push_back(
            filled(std::max(kernels::weights_workspace(v, outputs), kernels::outputs_workspace(v, outputs))));
    }
    const auto share = [&, run](int thread) {
        run(v, arrays, slice(written, threads, thread), workspaces[static_cast<std::size_t>(thread)].data());
    };
    measure_row(state, demand_of(v, arrays, threads), threads,
                threads == 1 ? repeat([&share] { share(0); }) : repeat(threads, share));
}

void add_shape(const Shape& shape, std::ptrdiff_t batch, int threads)
{
    const Convolution v = convolution_of(shape, batch);
    const auto add_product = [&](const char* what, std::ptrdiff_t written, Run run) {
        add(std::string(what) + "/" + shape.name() + "/" + std::to_string(batch) + "/" + std::to_string(threads),
            [=](benchmark::State& state) { measure(state, v, written, run, threads); });
    };
    add_product("conv", v.outputs, run_forward);
    add_product("conv_dx", v.channels, run_dx);
    add_product("conv_dw", v.outputs, run_dw);
}

} // namespace

void add_convolution(bool all)
{
    if (!all) return add_shape({32, 16, 32, 3, 1, 1}, 32, 1);
    for (const int threads : thread_counts()) {
        for (const std::ptrdiff_t batch : {32, 128})
            for (const Shape& shape : resnet_shapes) add_shape(shape, batch, threads);
        for (const Shape& shape : small_shapes) add_shape(shape, 128, threads);
    }
}

} // namespace nib::bench
