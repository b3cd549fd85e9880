// The products of convolutions against chains of fma, bit by bit, in arrays that end at a guard page.
#include "catch.hpp"
#include "guarded.hpp"
#include "kernels/convolution.hpp"
#include "kernels/oracle.hpp"
#include "numbers.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

using namespace nib;
using namespace nib::test;
using kernels::Convolution;
using kernels::WindowAxis;

namespace {

struct Shape {
    WindowAxis y, x;
    std::ptrdiff_t channels, outputs, groups;
};

WindowAxis axis(std::ptrdiff_t in, std::ptrdiff_t taps, std::ptrdiff_t stride, std::ptrdiff_t padding,
                std::ptrdiff_t dilation)
{
    WindowAxis w = {in, 1, taps, stride, padding, dilation};
    w.out = kernels::window_outputs(w);
    return w;
}

// Channels and outputs around the tiles of every instruction set; windows that lie within the planes, reach beyond them
// on both sides, or skip some of their pixels.
std::vector<Shape> shapes()
{
    const WindowAxis one = {};
    return {
        {axis(5, 3, 1, 1, 1), axis(7, 3, 1, 1, 1), 3, 8, 1},    {axis(6, 3, 2, 1, 1), axis(9, 3, 2, 1, 1), 16, 10, 1},
        {one, axis(11, 5, 1, 2, 1), 6, 16, 1},                  {one, axis(23, 4, 3, 0, 2), 17, 19, 1},
        {axis(4, 1, 1, 0, 1), axis(5, 1, 2, 0, 1), 18, 33, 1},  {axis(7, 3, 2, 2, 2), axis(6, 2, 1, 3, 3), 4, 6, 2},
        {axis(5, 3, 1, 1, 1), axis(4, 3, 1, 1, 1), 5, 5, 5},    {axis(5, 2, 3, 1, 1), axis(8, 9, 2, 4, 1), 3, 6, 3},
        {axis(3, 3, 1, 4, 1), axis(2, 2, 3, 4, 2), 2, 1, 1},    {axis(1, 1, 1, 0, 1), axis(1, 1, 1, 0, 1), 40, 3, 1},
        {axis(9, 3, 4, 0, 1), axis(10, 2, 5, 0, 1), 20, 14, 1}, {axis(4, 3, 2, 2, 3), axis(3, 3, 1, 2, 2), 16, 32, 2},
    };
}

Convolution convolution_of(const Shape& s, std::ptrdiff_t examples)
{
    return {s.y, s.x, s.channels, s.outputs, s.groups, examples, (examples + 15) / 16 * 16};
}

// Planes of `rows` pixels; behind a pixel's examples there is NaN.
std::vector<float> random_planes(std::ptrdiff_t rows, const Convolution& v, Numbers& numbers)
{
    std::vector<float> values(static_cast<std::size_t>(rows * v.stride), std::nanf(""));
    for (std::ptrdiff_t row = 0; row < rows; ++row)
        for (std::ptrdiff_t e = 0; e < v.examples; ++e)
            values[static_cast<std::size_t>(row * v.stride + e)] = numbers(1.0f);
    return values;
}

struct Arrays {
    std::ptrdiff_t filter, in, out; // floats of a filter, of a plane
    std::vector<float> w, x, dz;

    Arrays(const Convolution& v, Numbers& numbers)
        : filter(v.taps() * v.group_channels()),
          in(v.in_pixels() * v.stride),
          out(v.out_pixels() * v.stride),
          w(static_cast<std::size_t>(v.outputs * filter)),
          x(random_planes(v.channels * v.in_pixels(), v, numbers)),
          dz(random_planes(v.outputs * v.out_pixels(), v, numbers))
    {
        numbers.fill(w);
    }
};

// f(filter's place, input's place, output's place) for each term of an example's output channel o, in the order of the
// sum: over the pixels, and within a pixel over taps and channels.
template <class F>
void for_terms(const Convolution& v, std::ptrdiff_t o, F f)
{
    const std::ptrdiff_t channels = v.group_channels(), first = o / v.group_outputs() * channels;
    for (std::ptrdiff_t y = 0; y < v.y.out; ++y)
        for (std::ptrdiff_t x = 0; x < v.x.out; ++x)
            for (std::ptrdiff_t ky = 0; ky < v.y.taps; ++ky)
                for (std::ptrdiff_t kx = 0; kx < v.x.taps; ++kx) {
                    const std::ptrdiff_t iy = y * v.y.stride - v.y.padding + ky * v.y.dilation;
                    const std::ptrdiff_t ix = x * v.x.stride - v.x.padding + kx * v.x.dilation;
                    if (iy < 0 || iy >= v.y.in || ix < 0 || ix >= v.x.in) continue;
                    for (std::ptrdiff_t c = 0; c < channels; ++c)
                        f((o * v.taps() + ky * v.x.taps + kx) * channels + c,
                          ((first + c) * v.in_pixels() + iy * v.x.in + ix) * v.stride,
                          (o * v.out_pixels() + y * v.x.out + x) * v.stride);
                }
}

using At = std::size_t;

std::vector<float> expected_outputs(const Convolution& v, const Arrays& a)
{
    std::vector<float> z(a.dz.size(), 0.0f);
    for (std::ptrdiff_t o = 0; o < v.outputs; ++o)
        for_terms(v, o, [&](std::ptrdiff_t w, std::ptrdiff_t x, std::ptrdiff_t to) {
            for (std::ptrdiff_t e = 0; e < v.examples; ++e)
                z[At(to + e)] = fma_once(a.w[At(w)], a.x[At(x + e)], z[At(to + e)]);
        });
    return z;
}

// The gradient of the input runs over the outputs that read a pixel, in their order, and within one over its channels.
std::vector<float> expected_gradient(const Convolution& v, const Arrays& a)
{
    std::vector<float> dx(a.x.size(), 0.0f);
    for (std::ptrdiff_t y = 0; y < v.y.out; ++y)
        for (std::ptrdiff_t x = 0; x < v.x.out; ++x)
            for (std::ptrdiff_t o = 0; o < v.outputs; ++o)
                for_terms(v, o, [&](std::ptrdiff_t w, std::ptrdiff_t to, std::ptrdiff_t from) {
                    if (from != (o * v.out_pixels() + y * v.x.out + x) * v.stride) return;
                    for (std::ptrdiff_t e = 0; e < v.examples; ++e)
                        dx[At(to + e)] = fma_once(a.w[At(w)], a.dz[At(from + e)], dx[At(to + e)]);
                });
    return dx;
}

std::vector<float> expected_weights(const Convolution& v, const Arrays& a)
{
    std::vector<float> dw(a.w.size(), 0.0f);
    if (v.is_narrow()) {
        std::vector<LaneSum> sums(dw.size());
        for (std::ptrdiff_t o = 0; o < v.outputs; ++o)
            for_terms(v, o, [&](std::ptrdiff_t w, std::ptrdiff_t x, std::ptrdiff_t z) {
                for (std::ptrdiff_t e = 0; e < v.examples; ++e)
                    sums[At(w)].add_product(e, a.dz[At(z + e)], a.x[At(x + e)]);
            });
        for (At i = 0; i < dw.size(); ++i) dw[i] = sums[i].total();
        return dw;
    }
    for (std::ptrdiff_t first = 0; first < v.examples; first += 32) {
        const std::ptrdiff_t end = std::min(first + 32, v.examples);
        for (std::ptrdiff_t o = 0; o < v.outputs; ++o)
            for_terms(v, o, [&](std::ptrdiff_t w, std::ptrdiff_t x, std::ptrdiff_t z) {
                for (std::ptrdiff_t e = first; e < end; ++e)
                    dw[At(w)] = fma_once(a.dz[At(z + e)], a.x[At(x + e)], dw[At(w)]);
            });
    }
    return dw;
}

// Examples only: what lies behind them may be anything.
std::string difference(const Convolution& v, std::span<const float> got, const std::vector<float>& expected)
{
    for (At at = 0; at < expected.size(); at += At(v.stride)) {
        const std::string found =
            bit_difference(got.subspan(at, At(v.examples)), std::span(expected).subspan(at, At(v.examples)));
        if (!found.empty()) return "number " + std::to_string(at) + ": " + found;
    }
    return "";
}

std::span<const float> all(const Guarded<float>& array) { return {array.data(), array.size()}; }

void check(const Convolution& v, Numbers& numbers)
{
    const Arrays a(v, numbers);
    Guarded<float> w(a.w.size()), x(a.x.size()), dz(a.dz.size());
    std::ranges::copy(a.w, w.begin());
    std::ranges::copy(a.x, x.begin());
    std::ranges::copy(a.dz, dz.begin());
    const kernels::Filters filters = {w.data(), a.filter};
    Guarded<float> z(a.dz.size()), dx(a.x.size()), dw(a.w.size());
    // In two parts each, as two threads would.
    const std::vector<float> outputs = expected_outputs(v, a);
    for (const bool is_transposed : {false, true}) {
        std::ranges::fill(z, NAN);
        for (const auto& [first, last] : {std::pair{std::ptrdiff_t{0}, v.outputs / 3}, {v.outputs / 3, v.outputs}}) {
            Guarded<float> workspace(At(kernels::outputs_workspace(v, last - first)));
            kernels::convolve(table(), v, filters, first, last, x.data(), z.data(),
                              is_transposed ? workspace.data() : nullptr);
        }
        CHECK(difference(v, all(z), outputs) == "");
    }

    for (const auto& [first, last] : {std::pair{std::ptrdiff_t{0}, v.channels / 2}, {v.channels / 2, v.channels}})
        kernels::convolve_back(table(), v, filters, first, last, dz.data(), dx.data());
    CHECK(difference(v, all(dx), expected_gradient(v, a)) == "");

    for (const auto& [first, last] : {std::pair{std::ptrdiff_t{0}, v.outputs / 3}, {v.outputs / 3, v.outputs}}) {
        Guarded<float> workspace(At(kernels::weights_workspace(v, last - first)));
        kernels::convolve_weights(table(), v, first, last, x.data(), dz.data(), dw.data() + first * a.filter,
                                  a.filter, workspace.data());
    }
    CHECK(bit_difference(all(dw), expected_weights(v, a)) == "");
}

} // namespace

TEST_CASE("convolutions and their gradients are chains of fma")
{
    Numbers numbers(1);
    for (const Shape& each : shapes()) {
        for (const std::ptrdiff_t examples : {1, 16, 21, 50}) {
            const Convolution v = convolution_of(each, examples);
            CAPTURE(v.y.in, v.x.in, v.y.taps, v.x.taps, v.y.stride, v.x.stride, v.channels, v.outputs, v.groups,
                    examples);
            check(v, numbers);
        }
    }
}

// More weights than stay in the second cache are taken in parts.
TEST_CASE("a convolution of many channels")
{
    Numbers numbers(2);
    check(convolution_of({axis(3, 3, 1, 1, 1), axis(3, 3, 1, 1, 1), 300, 90, 1}, 2), numbers);
}
