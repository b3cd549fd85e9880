// tanh, exp, log, batchnorm_tanh_forward, batchnorm_tanh_backward: the cost of 16 floats in the nearest cache; and, as
// <name>/large, on arrays larger than the caches, where memory is the limit, counting the bytes that have to be read
// and written. batchnorm_tanh_rows_...: on row-major arrays, as the C functions take them. layernorm_forward,
// layernorm_backward and dropout: as computed by one thread that has all rows.
#include "arrays.hpp"
#include "base/heap.hpp"
#include "benchmarks.hpp"
#include "kernels/row_major.hpp"
#include "kernels/table.hpp"
#include "measure.hpp"

namespace nib::bench {

namespace {

struct Size {
    std::ptrdiff_t rows, examples;
    std::ptrdiff_t floats() const { return rows * examples; }
};

Memory* const heap = process_heap();

constexpr Size small{100, 32}, large{2048, 8192}; // 12.5 KiB, and 64 MiB an array

// A call on large arrays takes tens of milliseconds.
constexpr double large_budget = 0.6;

double budget(const Size& size) { return size.floats() == large.floats() ? large_budget : usual_budget; }

// arrays: how many arrays of this size are read or written. Sizes that fit in the nearest cache have no limit to state.
void report(benchmark::State& state, const Size& size, int arrays, double seconds)
{
    const double floats = static_cast<double>(size.floats());
    state.SetIterationTime(seconds);
    state.counters["ns_per_16"] = seconds * 1e9 * 16 / floats;
    if (size.floats() != large.floats()) return;
    const double bytes = floats * sizeof(float) * arrays;
    state_limit(state, {.bytes = bytes, .footprint = bytes}, 1, seconds);
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
                                       .activation = NIB_TANH,
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
                                         .activation = NIB_TANH,
                                         .dz = dz.data(),
                                         .dy_sum = nullptr,
                                         .dgamma = dgamma.data(),
                                         .dbeta = dbeta.data()};
    // dy, y and x are read, dz is written.
    report(state, size, 4, fastest(repeat([&] { kernels::table()->norm_backward(backward, nullptr); }), budget(size)));
}

// (examples, rows): a row's numbers are the features.
struct RowMajor {
    explicit RowMajor(const Size& size)
        : z(filled(size.floats())),
          x(filled(size.floats())),
          y(filled(size.floats())),
          dz(filled(size.floats())),
          gamma(filled(size.rows, 1, 2)),
          beta(filled(size.rows)),
          mean(filled(size.rows)),
          inverse_std(filled(size.rows, 1, 2))
    {
    }
    Buffer<float> z, x, y, dz, gamma, beta, mean, inverse_std, workspace;
};

void measure_rows_forward(benchmark::State& state, const Size& size)
{
    RowMajor a(size);
    const kernels::RowNormForward forward{.examples = size.examples,
                                          .features = size.rows,
                                          .stride = size.rows,
                                          .z = a.z.data(),
                                          .gamma = a.gamma.data(),
                                          .beta = a.beta.data(),
                                          .eps = 1e-5f,
                                          .x = a.x.data(),
                                          .y = a.y.data(),
                                          .mean = a.mean.data(),
                                          .inverse_std = a.inverse_std.data(),
                                          .workspace = nullptr,
                                          .past_caches = false};
    const Burst burst = repeat([&] { kernels::norm_forward(*kernels::table(), forward, 1, a.workspace, heap); });
    report(state, size, 3, fastest(burst, budget(size)));
}

void measure_rows_evaluate(benchmark::State& state, const Size& size)
{
    RowMajor a(size);
    const kernels::RowNormEvaluate evaluate{.examples = size.examples,
                                            .features = size.rows,
                                            .z = a.z.data(),
                                            .gamma = a.gamma.data(),
                                            .beta = a.beta.data(),
                                            .mean = a.mean.data(),
                                            .variance = a.inverse_std.data(),
                                            .eps = 1e-5f,
                                            .y = a.y.data()};
    const Burst burst = repeat([&] { kernels::norm_evaluate(*kernels::table(), evaluate, 1, a.workspace, heap); });
    report(state, size, 2, fastest(burst, budget(size)));
}

void measure_rows_backward(benchmark::State& state, const Size& size)
{
    RowMajor a(size);
    const kernels::RowNormBackward backward{.examples = size.examples,
                                            .features = size.rows,
                                            .stride = size.rows,
                                            .dy = a.z.data(),
                                            .y = a.y.data(),
                                            .x = a.x.data(),
                                            .gamma = a.gamma.data(),
                                            .inverse_std = a.inverse_std.data(),
                                            .dz = a.dz.data(),
                                            .dgamma = a.mean.data(),
                                            .dbeta = a.beta.data(),
                                            .workspace = nullptr,
                                            .past_caches = false};
    const Burst burst = repeat([&] { kernels::norm_backward(*kernels::table(), backward, 1, a.workspace, heap); });
    report(state, size, 4, fastest(burst, budget(size)));
}

struct LayerNorm {
    explicit LayerNorm(const Size& of)
        : size(of),
          x(filled(of.floats())),
          x_hat(filled(of.floats())),
          y(filled(of.floats())),
          gamma(filled(of.rows, 1, 2)),
          beta(filled(of.rows)),
          dgamma(filled(of.rows)),
          dbeta(filled(of.rows)),
          sum(filled(of.examples)),
          squares(filled(of.examples)),
          mean(filled(of.examples)),
          inverse_std(filled(of.examples, 1, 2))
    {
    }

    void forward(const kernels::Table& table)
    {
        table.column_moments({.rows = size.rows,
                              .examples = size.examples,
                              .stride = size.examples,
                              .x = x.data(),
                              .mean = sum.data(),
                              .scatter = squares.data()});
        table.join_columns({.groups = 1,
                            .examples = size.examples,
                            .group_rows = &size.rows,
                            .group_stride = size.examples,
                            .group_mean = sum.data(),
                            .group_scatter = squares.data(),
                            .eps = 1e-5f,
                            .mean = mean.data(),
                            .inverse_std = inverse_std.data()});
        table.standardise({.rows = size.rows,
                           .examples = size.examples,
                           .stride = size.examples,
                           .x = x.data(),
                           .mean = mean.data(),
                           .inverse_std = inverse_std.data(),
                           .gamma = gamma.data(),
                           .beta = beta.data(),
                           .x_hat = x_hat.data(),
                           .y = y.data()});
    }

    // x serves as dy, y as dx.
    void backward(const kernels::Table& table)
    {
        table.standardise_sums({.rows = size.rows,
                                .examples = size.examples,
                                .stride = size.examples,
                                .dy = x.data(),
                                .parts = 1,
                                .part_stride = 0,
                                .x_hat = x_hat.data(),
                                .gamma = gamma.data(),
                                .g = y.data(),
                                .dgamma = dgamma.data(),
                                .dbeta = dbeta.data(),
                                .sum_g = sum.data(),
                                .sum_gx = squares.data()});
        table.standardise_backward({.rows = size.rows,
                                    .examples = size.examples,
                                    .stride = size.examples,
                                    .features = size.rows,
                                    .groups = 1,
                                    .group_stride = size.examples,
                                    .sum_g = sum.data(),
                                    .sum_gx = squares.data(),
                                    .inverse_std = inverse_std.data(),
                                    .x_hat = x_hat.data(),
                                    .g = y.data(),
                                    .dx = y.data()});
    }

    Size size;
    Buffer<float> x, x_hat, y, gamma, beta, dgamma, dbeta, sum, squares, mean, inverse_std;
};

// Each direction reads two arrays and writes one, or reads one and writes two.
void measure_layernorm(benchmark::State& state, const Size& size, void (LayerNorm::*way)(const kernels::Table&))
{
    LayerNorm layer(size);
    report(state, size, 3, fastest(repeat([&] { (layer.*way)(*kernels::table()); }), budget(size)));
}

void measure_dropout(benchmark::State& state, const Size& size)
{
    const Buffer<float> x = filled(size.floats());
    Buffer<float> y = filled(size.floats());
    kernels::Dropout dropout{.rows = size.rows,
                             .examples = size.examples,
                             .stride = size.examples,
                             .first_row = 0,
                             .x = x.data(),
                             .parts = 1,
                             .part_stride = 0,
                             .y = y.data(),
                             .scale = 1.25f,
                             .threshold = 858993459, // 0.2
                             .seed = 1,
                             .layer = 2,
                             .step = 0};
    const auto work = [&] {
        kernels::table()->dropout(dropout);
        ++dropout.step;
    };
    report(state, size, 2, fastest(repeat(work), budget(size)));
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
    add_both("batchnorm_tanh_rows_forward", measure_rows_forward);
    add_both("batchnorm_tanh_rows_evaluate", measure_rows_evaluate);
    add_both("batchnorm_tanh_rows_backward", measure_rows_backward);
    add_both("layernorm_forward", [](auto& state, auto& size) { measure_layernorm(state, size, &LayerNorm::forward); });
    add_both("layernorm_backward",
             [](auto& state, auto& size) { measure_layernorm(state, size, &LayerNorm::backward); });
    add_both("dropout", measure_dropout);
}

} // namespace nib::bench
