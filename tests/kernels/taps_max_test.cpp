// Pools against plain loops, bit by bit, in arrays that end at a guard page.
#include "catch.hpp"
#include "guarded.hpp"
#include "kernels/convolution.hpp"
#include "kernels/oracle.hpp"
#include "numbers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

using namespace nib;
using namespace nib::test;
using kernels::Convolution;
using kernels::WindowAxis;

namespace {

constexpr std::ptrdiff_t channels = 3;

WindowAxis axis(std::ptrdiff_t in, std::ptrdiff_t taps, std::ptrdiff_t stride, std::ptrdiff_t padding)
{
    WindowAxis w = {in, 1, taps, stride, padding, 1};
    w.out = kernels::window_outputs(w);
    return w;
}

std::vector<Convolution> pools(std::ptrdiff_t examples)
{
    const auto pool = [&](WindowAxis y, WindowAxis x) {
        return Convolution{y, x, channels, channels, channels, examples, (examples + 15) / 16 * 16};
    };
    const WindowAxis one = {};
    return {pool(axis(6, 2, 2, 0), axis(7, 2, 2, 0)), pool(axis(5, 3, 2, 1), axis(8, 3, 2, 1)),
            pool(one, axis(11, 4, 3, 2)),             pool(axis(4, 1, 1, 0), axis(3, 3, 1, 0)),
            pool(axis(3, 3, 3, 0), axis(4, 4, 4, 0)), pool(axis(9, 2, 5, 1), axis(7, 5, 1, 2))};
}

// f(input's place, output's place) for each tap of each window of a channel, in their order.
template <class F>
void for_terms(const Convolution& v, std::ptrdiff_t channel, F f)
{
    for (std::ptrdiff_t y = 0; y < v.y.out; ++y)
        for (std::ptrdiff_t x = 0; x < v.x.out; ++x)
            for (std::ptrdiff_t ky = 0; ky < v.y.taps; ++ky)
                for (std::ptrdiff_t kx = 0; kx < v.x.taps; ++kx) {
                    const std::ptrdiff_t iy = y * v.y.stride - v.y.padding + ky;
                    const std::ptrdiff_t ix = x * v.x.stride - v.x.padding + kx;
                    if (iy < 0 || iy >= v.y.in || ix < 0 || ix >= v.x.in) continue;
                    f(static_cast<std::size_t>((channel * v.in_pixels() + iy * v.x.in + ix) * v.stride),
                      static_cast<std::size_t>((channel * v.out_pixels() + y * v.x.out + x) * v.stride));
                }
}

struct Planes {
    Guarded<float> x, y, dy, dx;

    Planes(const Convolution& v, Numbers& numbers)
        : x(static_cast<std::size_t>(channels * v.in_pixels() * v.stride)),
          y(static_cast<std::size_t>(channels * v.out_pixels() * v.stride)),
          dy(y.size()),
          dx(x.size())
    {
        for (float& each : x) each = static_cast<float>(numbers.between(-4, 4)); // some are the largest twice
        numbers.fill(dy);
    }
};

std::span<const float> all(const Guarded<float>& array) { return {array.data(), array.size()}; }

} // namespace

TEST_CASE("the largest number of each window, and the first of those gets the gradient")
{
    Numbers numbers(1);
    for (const std::ptrdiff_t examples : {1, 16, 40}) {
        for (const Convolution& v : pools(examples)) {
            CAPTURE(v.y.taps, v.x.taps, examples);
            Planes p(v, numbers);
            std::vector<float> y(p.y.size(), -std::numeric_limits<float>::infinity()), dx(p.x.size(), 0.0f);
            kernels::pool_max(table(), v, 0, 1, p.x.data(), p.y.data());
            kernels::pool_max(table(), v, 1, channels, p.x.data(), p.y.data());
            kernels::pool_max_back(table(), v, 0, channels, p.x.data(), p.y.data(), p.dy.data(), p.dx.data());
            double left = 0, given = 0;
            for (std::ptrdiff_t c = 0; c < channels; ++c) {
                for (std::size_t e = 0; e < static_cast<std::size_t>(v.stride); ++e) {
                    for_terms(v, c, [&](std::size_t from, std::size_t to) {
                        y[to + e] = std::max(y[to + e], p.x[from + e]);
                    });
                    std::vector<bool> is_met(y.size());
                    for_terms(v, c, [&](std::size_t from, std::size_t to) {
                        if (is_met[to + e] || p.x[from + e] != y[to + e]) return;
                        is_met[to + e] = true;
                        dx[from + e] += p.dy[to + e];
                    });
                }
            }
            CHECK(bit_difference(all(p.y), y) == "");
            // A pixel that several windows share gets their gradients in an order of segments.
            double worst = 0;
            for (std::size_t i = 0; i < dx.size(); ++i) {
                worst = std::max(worst, std::abs(double{dx[i]} - double{p.dx[i]}));
                left += double{p.dx[i]};
            }
            for (const float each : p.dy) given += double{each};
            CHECK(worst < 1e-6);
            CHECK(std::abs(left - given) < 1e-3);
        }
    }
}

TEST_CASE("the mean of each window, to which the padding adds zeros")
{
    Numbers numbers(2);
    for (const std::ptrdiff_t examples : {1, 16, 40}) {
        for (const Convolution& v : pools(examples)) {
            CAPTURE(v.y.taps, v.x.taps, examples);
            Planes p(v, numbers);
            std::vector<float> y(p.y.size(), 0.0f), dx(p.x.size(), 0.0f);
            kernels::pool_average(table(), v, 0, channels, p.x.data(), p.y.data());
            kernels::pool_average_back(table(), v, 0, channels, p.dy.data(), p.dx.data());
            const float weight = 1.0f / static_cast<float>(v.taps());
            for (std::ptrdiff_t c = 0; c < channels; ++c) {
                for (std::size_t e = 0; e < static_cast<std::size_t>(v.stride); ++e) {
                    for_terms(v, c, [&](std::size_t from, std::size_t to) {
                        y[to + e] = fma_once(weight, p.x[from + e], y[to + e]);
                        dx[from + e] = fma_once(weight, p.dy[to + e], dx[from + e]);
                    });
                }
            }
            CHECK(bit_difference(all(p.y), y) == "");
            CHECK(bit_difference(all(p.dx), dx) == "");
        }
    }
}
