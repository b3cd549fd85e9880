// The kernels of 16-bit and 8-bit weights against plain loops: the same bits, except on SSE2, which has no fma.
#include "catch.hpp"
#include "infer/table.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

using namespace nib::infer;

namespace {

const EngineTable& kernels()
{
    const char* isa = std::getenv("NIB_ISA");
    const EngineTable* table = isa != nullptr ? table_of(isa) : best_table();
    REQUIRE(table != nullptr);
    return *table;
}

bool fused() { return std::strcmp(kernels().isa, "sse2") != 0; }

float number(std::mt19937& words) { return static_cast<float>(words() % 2001) / 1000.0f - 1.0f; }

void check_same(const std::vector<float>& y, const std::vector<float>& expected)
{
    REQUIRE(y.size() == expected.size());
    for (std::size_t i = 0; i < y.size(); ++i) {
        if (fused() ? y[i] == expected[i] : std::fabs(y[i] - expected[i]) <= 2e-5f * (1 + std::fabs(expected[i]))) {
            continue;
        }
        INFO("number " << i);
        CHECK(y[i] == expected[i]);
        return;
    }
}

// A layer in the form of a file, and the plain numbers behind it.
struct Example {
    Example(std::uint32_t bits, std::ptrdiff_t fan_in, std::ptrdiff_t fan_out, std::uint32_t seed = 1)
        : inputs(static_cast<std::size_t>(fan_in)),
          outputs(static_cast<std::size_t>(fan_out)),
          stride((outputs + 15) / 16 * 16),
          rows((inputs + (bits == 8 ? 3 : 1)) / (bits == 8 ? 4 : 2)),
          weights(inputs * outputs),
          bias(stride),
          scales(stride),
          offsets(stride),
          words(rows * stride)
    {
        std::mt19937 random(seed);
        for (std::size_t o = 0; o < outputs; ++o) {
            bias[o] = number(random);
            scales[o] = 0.01f + std::fabs(number(random));
        }
        for (std::size_t k = 0; k < inputs; ++k) {
            for (std::size_t o = 0; o < outputs; ++o) {
                if (bits == 8) {
                    put_byte(k, o, static_cast<std::int32_t>(random() % 255) - 127);
                } else {
                    put_bfloat16(k, o, number(random));
                }
            }
        }
        layer = {.inputs = fan_in,
                 .outputs = fan_out,
                 .stride = static_cast<std::ptrdiff_t>(stride),
                 .weight_bits = bits,
                 .bias = bias.data(),
                 .scales = scales.data(),
                 .offsets = reinterpret_cast<const float*>(offsets.data()),
                 .weights = words.data(),
                 .input_bound = 0};
    }

    void put_byte(std::size_t k, std::size_t o, std::int32_t w)
    {
        weights[k * outputs + o] = static_cast<float>(w);
        offsets[o] -= 128 * w;
        words[k / 4 * stride + o] |= (static_cast<std::uint32_t>(w) & 0xff) << k % 4 * 8;
    }

    void put_bfloat16(std::size_t k, std::size_t o, float w)
    {
        const std::uint32_t upper = std::bit_cast<std::uint32_t>(w) >> 16;
        weights[k * outputs + o] = std::bit_cast<float>(upper << 16);
        words[k / 2 * stride + o] |= upper << k % 2 * 16;
    }

    std::size_t inputs, outputs, stride, rows;
    std::vector<float> weights, bias, scales;
    std::vector<std::int32_t> offsets;
    std::vector<std::uint32_t> words;
    Dense layer{};
};

// (inputs, lanes), with very different sizes from lane to lane.
std::vector<float> contexts(std::size_t inputs, std::size_t lanes)
{
    std::mt19937 random(2);
    std::vector<float> x(inputs * lanes);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = number(random) * static_cast<float>(1 + i % lanes % 7);
    return x;
}

std::vector<float> lane_of(const std::vector<float>& x, std::size_t lanes, std::size_t lane)
{
    std::vector<float> column((x.size() / lanes + 15) / 16 * 16);
    for (std::size_t k = 0; k < x.size() / lanes; ++k) column[k] = x[k * lanes + lane];
    return column;
}

std::vector<float> expected_bf16(const Example& e, const std::vector<float>& x)
{
    std::vector<float> y(e.outputs);
    for (std::size_t o = 0; o < e.outputs; ++o) {
        y[o] = e.bias[o];
        for (std::size_t k = 0; k < e.inputs; ++k) y[o] = std::fma(x[k], e.weights[k * e.outputs + o], y[o]);
    }
    return y;
}

struct Bytes {
    std::vector<std::int32_t> u; // 128 + round(127 x / bound)
    float step;
};

Bytes expected_bytes(std::size_t n, const std::vector<float>& x, float bound)
{
    Bytes bytes{{}, 0};
    if (bound == 0) {
        for (std::size_t k = 0; k < n; ++k) bound = std::max(bound, std::fabs(x[k]));
    }
    const float factor = bound > 1e-30f ? 127.0f / bound : 0;
    bytes.step = bound * (1.0f / 127);
    for (std::size_t k = 0; k < n; ++k) {
        // The product of two floats is exact in double.
        const double exact = static_cast<double>(x[k]) * static_cast<double>(factor);
        bytes.u.push_back(128 + static_cast<std::int32_t>(std::nearbyint(exact)));
    }
    return bytes;
}

std::vector<float> expected_int8(const Example& e, const Bytes& bytes)
{
    std::vector<float> y(e.outputs);
    for (std::size_t o = 0; o < e.outputs; ++o) {
        std::int64_t sum = 0;
        for (std::size_t k = 0; k < e.inputs; ++k) {
            sum += (bytes.u[k] - 128) * static_cast<std::int32_t>(e.weights[k * e.outputs + o]);
        }
        y[o] = std::fma(static_cast<float>(sum), e.scales[o] * bytes.step, e.bias[o]);
    }
    return y;
}

// Byte k of a context in the words of `lanes` contexts.
std::int32_t byte_at(const std::vector<float>& words, std::size_t lanes, std::size_t lane, std::size_t k)
{
    const auto word = std::bit_cast<std::uint32_t>(words[k / 4 * lanes + lane]);
    return static_cast<std::int32_t>(word >> k % 4 * 8 & 0xff);
}

constexpr std::ptrdiff_t input_sizes[] = {1, 2, 3, 4, 5, 30, 64, 67, 100}, output_sizes[] = {1, 3, 16, 27, 100, 150};
constexpr std::size_t lanes_of_batch[] = {16, 32, 48};

} // namespace

TEST_CASE("16-bit weights: one context and batches")
{
    for (const std::ptrdiff_t inputs : input_sizes) {
        for (const std::ptrdiff_t outputs : output_sizes) {
            CAPTURE(inputs, outputs);
            const Example e(16, inputs, outputs);
            for (const std::size_t lanes : lanes_of_batch) {
                const std::vector<float> x = contexts(e.inputs, lanes);
                std::vector<float> scratch(widened_inputs * e.stride), batch(e.outputs * lanes);
                kernels().layer_batch(e.layer, static_cast<std::ptrdiff_t>(lanes), x.data(), scratch.data(),
                                      batch.data());
                for (const std::size_t lane : {std::size_t{0}, lanes / 2 + 1, lanes - 1}) {
                    const std::vector<float> column = lane_of(x, lanes, lane), y = expected_bf16(e, column);
                    std::vector<float> one(e.stride), of_batch(e.outputs);
                    kernels().layer(e.layer, column.data(), one.data());
                    one.resize(e.outputs);
                    check_same(one, y);
                    for (std::size_t o = 0; o < e.outputs; ++o) of_batch[o] = batch[o * lanes + lane];
                    check_same(of_batch, y);
                }
            }
        }
    }
}

TEST_CASE("activations become bytes, one context and batches")
{
    for (const float bound : {0.0f, 7.0f}) {
        for (const std::ptrdiff_t inputs : input_sizes) {
            CAPTURE(bound, inputs);
            const auto n = static_cast<std::size_t>(inputs);
            for (const std::size_t lanes : lanes_of_batch) {
                const std::vector<float> x = contexts(n, lanes);
                std::vector<float> batch = x, steps(lanes);
                kernels().quantise(inputs, static_cast<std::ptrdiff_t>(lanes), bound, batch.data(), steps.data());
                for (const std::size_t lane : {std::size_t{0}, lanes / 2 + 1, lanes - 1}) {
                    std::vector<float> one = lane_of(x, lanes, lane);
                    const Bytes expected = expected_bytes(n, one, bound);
                    float step = 0;
                    kernels().quantise(inputs, 1, bound, one.data(), &step);
                    CHECK(step == expected.step);
                    CHECK(steps[lane] == expected.step);
                    std::int32_t most = 0;
                    for (std::size_t k = 0; k < n; ++k) {
                        most = std::max(most, std::abs(byte_at(one, 1, 0, k) - expected.u[k]));
                        most = std::max(most, std::abs(byte_at(batch, lanes, lane, k) - expected.u[k]));
                    }
                    CHECK(most <= (fused() ? 0 : 1));
                }
            }
        }
    }
}

TEST_CASE("nothing but zeros, and numbers too small or not finite, become bytes without harm")
{
    for (const float value :
         {0.0f, 1e-38f, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
        std::vector<float> x(16, value);
        float step = -1;
        kernels().quantise(5, 1, 0, x.data(), &step);
        CHECK(!(step < 0));
        if (value < 1) CHECK(byte_at(x, 1, 0, 0) == 128);
    }
}

TEST_CASE("8-bit weights: one context and batches, by either way to multiply bytes")
{
    for (const Dots* dots : {&kernels().dots, best_dots(kernels())}) {
        for (const std::ptrdiff_t inputs : input_sizes) {
            for (const std::ptrdiff_t outputs : output_sizes) {
                CAPTURE(inputs, outputs, dots == &kernels().dots);
                const Example e(8, inputs, outputs);
                for (const std::size_t lanes : lanes_of_batch) {
                    const std::vector<float> x = contexts(e.inputs, lanes);
                    std::vector<float> words = x, steps(lanes), batch(e.outputs * lanes);
                    const auto count = static_cast<std::ptrdiff_t>(lanes);
                    kernels().quantise(inputs, count, 0, words.data(), steps.data());
                    dots->batch(e.layer, count, words.data(), steps.data(), batch.data());
                    for (const std::size_t lane : {std::size_t{0}, lanes / 2 + 1, lanes - 1}) {
                        std::vector<float> column = lane_of(x, lanes, lane), one(e.stride), of_batch(e.outputs);
                        Bytes bytes = expected_bytes(e.inputs, column, 0);
                        float step = 0;
                        kernels().quantise(inputs, 1, 0, column.data(), &step);
                        // Uses the kernel's bytes, as SSE2 may round differently.
                        for (std::size_t k = 0; k < e.inputs; ++k) bytes.u[k] = byte_at(column, 1, 0, k);
                        const std::vector<float> y = expected_int8(e, bytes);
                        dots->one(e.layer, column.data(), &step, one.data());
                        one.resize(e.outputs);
                        check_same(one, y);
                        for (std::size_t o = 0; o < e.outputs; ++o) of_batch[o] = batch[o * lanes + lane];
                        check_same(of_batch, y);
                    }
                }
            }
        }
    }
}

TEST_CASE("the largest sums of bytes do not overflow")
{
    Example e(8, 65536, 2, 1);
    std::fill(e.words.begin(), e.words.end(), 0);
    std::fill(e.weights.begin(), e.weights.end(), 0.0f);
    std::fill(e.offsets.begin(), e.offsets.end(), 0);
    for (std::size_t k = 0; k < e.inputs; ++k) {
        e.put_byte(k, 0, 127);
        e.put_byte(k, 1, -127);
    }
    for (const float value : {1.0f, -1.0f}) {
        const std::vector<float> x(e.inputs, value);
        const std::vector<float> y = expected_int8(e, expected_bytes(e.inputs, x, 1));
        for (const Dots* dots : {&kernels().dots, best_dots(kernels())}) {
            std::vector<float> words = x, one(e.stride);
            float step = 0;
            kernels().quantise(65536, 1, 1, words.data(), &step);
            dots->one(e.layer, words.data(), &step, one.data());
            one.resize(e.outputs);
            check_same(one, y);
        }
    }
}
