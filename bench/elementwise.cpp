// tanh, exp, log, batchnorm_tanh_forward, batchnorm_tanh_backward: what 16 floats cost in the nearest cache; and, as
// <name>/large, on arrays larger than the caches, where the limit is memory: which share of a copy's bandwidth is
// reached, counting the bytes that have to be read and written.
#include "arrays.hpp"
#include "benchmarks.hpp"
#include "kernels/table.hpp"
#include "measure.hpp"

#include <algorithm>
#include <cstring>

namespace nib::bench {

namespace {

struct Size {
    std::ptrdiff_t rows, examples;
    std::ptrdiff_t floats() const { return rows * examples; }
};

constexpr Size small{100, 32}, large{2048, 8192}; // 12.5 KiB, and 64 MiB an array

// A call takes tens of milliseconds there.
constexpr double large_budget = 0.6;

double budget(const Size& size) { return size.floats() == large.floats() ? large_budget : usual_budget; }

// Bytes a second, read and written, of the best copy so far in this run.
double copy_bandwidth()
{
    static double best = 0;
    const Buffer<float> from = filled(large.floats());
    Buffer<float> to = filled(large.floats());
    const std::size_t bytes = from.size() * sizeof(float);
    const double seconds = fastest(repeat([&] {
                                       std::memcpy(to.data(), from.data(), bytes);
                                       benchmark::ClobberMemory();
                                   }),
                                   large_budget);
    return best = std::max(best, 2.0 * static_cast<double>(bytes) / seconds);
}

// arrays: how many of the size are read or written.
void report(benchmark::State& state, const Size& size, int arrays, double seconds)
{
    const double floats = static_cast<double>(size.floats());
    state.SetIterationTime(seconds);
    state.counters["ns_per_16"] = seconds * 1e9 * 16 / floats;
    if (size.floats() == large.floats()) {
        state.counters["copy_fraction"] = floats * sizeof(float) * arrays / seconds / copy_bandwidth();
    }
}

using Elementwise = void (*)(std::ptrdiff_t, const float*, float*);

void measure_elementwise(benchmark::State& state, Elementwise function, const Size& size)
{
    const Buffer<float> x = filled(size.floats(), 0.1f, 4);
    Buffer<float> y = filled(size.floats());
    report(state, size, 2, fastest(repeat([&] { function(size.floats(), x.data(), y.data()); }), budget(size)));
}

void measure_forward(benchmark::State& state, const Size& size)
{
    Buffer<float> z = filled(size.floats()), y = filled(size.floats());
    const Buffer<float> gamma = filled(size.rows, 1, 2), beta = filled(size.rows);
    Buffer<float> inverse_std = filled(size.rows), mean = filled(size.rows), spread = filled(size.rows);
    const kernels::NormForward forward{.rows = size.rows,
                                       .examples = size.examples,
                                       .stride = size.examples,
                                       .z = z.data(),
                                       .gamma = gamma.data(),
                                       .beta = beta.data(),
                                       .eps = 1e-5f,
                                       .unbiased = false,
                                       .activation = kernels::Activation::tanh,
                                       .y = y.data(),
                                       .inverse_std = inverse_std.data(),
                                       .mean = mean.data(),
                                       .spread = spread.data(),
                                       .spread_is_std = false};
    // z is read, x and y are written.
    report(state, size, 3, fastest(repeat([&] { kernels::table()->norm_forward(forward); }), budget(size)));
}

void measure_backward(benchmark::State& state, const Size& size)
{
    const Buffer<float> dy = filled(size.floats()), y = filled(size.floats()), x = filled(size.floats());
    const Buffer<float> gamma = filled(size.rows, 1, 2), inverse_std = filled(size.rows, 1, 2);
    Buffer<float> dz = filled(size.floats()), dgamma = filled(size.rows), dbeta = filled(size.rows);
    const kernels::NormBackward backward{.rows = size.rows,
                                         .examples = size.examples,
                                         .stride = size.examples,
                                         .dy = dy.data(),
                                         .parts = 1,
                                         .part_stride = 0,
                                         .y = y.data(),
                                         .x = x.data(),
                                         .gamma = gamma.data(),
                                         .inverse_std = inverse_std.data(),
                                         .unbiased = false,
                                         .activation = kernels::Activation::tanh,
                                         .dz = dz.data(),
                                         .dy_sum = nullptr,
                                         .dgamma = dgamma.data(),
                                         .dbeta = dbeta.data()};
    // dy, y and x are read, dz is written.
    report(state, size, 4, fastest(repeat([&] { kernels::table()->norm_backward(backward); }), budget(size)));
}

void add_both(const std::string& name, void (*measure)(benchmark::State&, const Size&))
{
    add(name, [measure](benchmark::State& state) { measure(state, small); });
    add(name + "/large", [measure](benchmark::State& state) { measure(state, large); });
}

} // namespace

void add_elementwise()
{
    add_both("tanh", [](auto& state, auto& size) { measure_elementwise(state, kernels::table()->tanh, size); });
    add_both("exp", [](auto& state, auto& size) { measure_elementwise(state, kernels::table()->exp, size); });
    add_both("log", [](auto& state, auto& size) { measure_elementwise(state, kernels::table()->log, size); });
    add_both("batchnorm_tanh_forward", measure_forward);
    add_both("batchnorm_tanh_backward", measure_backward);
}

} // namespace nib::bench
