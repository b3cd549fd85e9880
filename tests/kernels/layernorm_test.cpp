// The kernels of layernorm and rmsnorm one after the other, called as by threads that have a group of rows each,
// against the formulae in double and their numerical derivatives.
#include "catch.hpp"
#include "kernels/columns.hpp"

#include <functional>

using namespace nib;
using namespace nib::test;

namespace {

constexpr std::ptrdiff_t rows = 13, examples = 19;
constexpr std::ptrdiff_t sizes[] = {5, 1, 7};
constexpr std::ptrdiff_t groups = std::size(sizes);
constexpr float eps = 1e-5f;

struct Layer {
    Layer(bool layernorm, Numbers& numbers) : centred(layernorm)
    {
        x.fill(numbers, 2.0f);
        for (std::ptrdiff_t r = 0; r < rows; ++r) x.at(r, 0) += 30.0f; // far from zero
        dy.fill(numbers);
        numbers.fill(gamma);
        numbers.fill(beta);
    }

    // each(group, first row)
    void for_groups(const std::function<void(std::ptrdiff_t, std::ptrdiff_t)>& each) const
    {
        for (std::ptrdiff_t g = 0, first = 0; g < groups; first += sizes[g++]) each(g, first);
    }
    const float* from(const Guarded<float>& array, std::ptrdiff_t row) const { return array.data() + row; }

    void forward()
    {
        for_groups([&](std::ptrdiff_t g, std::ptrdiff_t first) {
            table().column_moments({.rows = sizes[g],
                                    .examples = examples,
                                    .stride = x.stride(),
                                    .x = &x.at(first, 0),
                                    .mean = centred ? sums.of(g) : nullptr,
                                    .scatter = squares.of(g)});
        });
        table().join_columns({.groups = groups,
                              .examples = examples,
                              .group_rows = sizes,
                              .group_stride = sums.stride(),
                              .group_mean = centred ? sums.data() : nullptr,
                              .group_scatter = squares.data(),
                              .eps = eps,
                              .mean = mean.data(),
                              .inverse_std = inverse_std.data()});
        for_groups([&](std::ptrdiff_t g, std::ptrdiff_t first) {
            table().standardise({.rows = sizes[g],
                                 .examples = examples,
                                 .stride = x.stride(),
                                 .x = &x.at(first, 0),
                                 .mean = centred ? mean.data() : nullptr,
                                 .inverse_std = inverse_std.data(),
                                 .gamma = from(gamma, first),
                                 .beta = centred ? from(beta, first) : nullptr,
                                 .x_hat = &x_hat.at(first, 0),
                                 .y = &y.at(first, 0)});
        });
    }

    void backward()
    {
        for_groups([&](std::ptrdiff_t g, std::ptrdiff_t first) {
            table().standardise_sums({.rows = sizes[g],
                                      .examples = examples,
                                      .stride = x.stride(),
                                      .dy = &dy.at(first, 0),
                                      .parts = 1,
                                      .part_stride = 0,
                                      .x_hat = &x_hat.at(first, 0),
                                      .gamma = from(gamma, first),
                                      .g = &dx.at(first, 0),
                                      .dgamma = dgamma.data() + first,
                                      .dbeta = centred ? dbeta.data() + first : nullptr,
                                      .sum_g = centred ? sums.of(g) : nullptr,
                                      .sum_gx = squares.of(g)});
        });
        for_groups([&](std::ptrdiff_t g, std::ptrdiff_t first) {
            table().standardise_backward({.rows = sizes[g],
                                          .examples = examples,
                                          .stride = x.stride(),
                                          .features = rows,
                                          .groups = groups,
                                          .group_stride = sums.stride(),
                                          .sum_g = centred ? sums.data() : nullptr,
                                          .sum_gx = squares.data(),
                                          .inverse_std = inverse_std.data(),
                                          .x_hat = &x_hat.at(first, 0),
                                          .g = &dx.at(first, 0),
                                          .dx = &dx.at(first, 0)});
        });
    }

    bool centred;
    Rows x{rows, examples, 0}, x_hat{rows, examples, 0}, y{rows, examples, 0}, dy{rows, examples, 0},
        dx{rows, examples, 0};
    Columns sums{groups, examples, Guard::behind}, squares{groups, examples, Guard::behind};
    Columns mean{1, examples, Guard::behind}, inverse_std{1, examples, Guard::behind};
    Guarded<float> gamma{rows}, beta{rows}, dgamma{rows}, dbeta{rows};
};

using Numbers64 = std::vector<double>;

Numbers64 column_of(const Rows& from, std::ptrdiff_t example)
{
    Numbers64 column;
    for (std::ptrdiff_t r = 0; r < rows; ++r) column.push_back(static_cast<double>(from.at(r, example)));
    return column;
}

// y of one example.
Numbers64 exact_forward(const Layer& l, const Numbers64& x, const Numbers64& gamma, const Numbers64& beta)
{
    double mean = 0.0, variance = 0.0;
    if (l.centred) {
        for (const double each : x) mean += each / rows;
    }
    for (const double each : x) variance += (each - mean) * (each - mean) / rows;
    Numbers64 y;
    for (std::size_t r = 0; r < x.size(); ++r) {
        const double x_hat = (x[r] - mean) / std::sqrt(variance + static_cast<double>(eps));
        y.push_back(gamma[r] * x_hat + (l.centred ? beta[r] : 0.0));
    }
    return y;
}

// The derivative of sum dy y with respect to one of the numbers on which y depends.
double slope_by(double& number, const Numbers64& dy, const std::function<Numbers64()>& forward)
{
    constexpr double step = 1e-4;
    double slope = 0.0;
    const double before = number;
    for (const double side : {-1.0, 1.0}) {
        number = before + side * step;
        const Numbers64 y = forward();
        for (std::size_t r = 0; r < y.size(); ++r) slope += side * dy[r] * y[r] / (2 * step);
    }
    number = before;
    return slope;
}

void check(bool centred)
{
    CAPTURE(centred);
    Numbers numbers(1);
    Layer l(centred, numbers);
    l.forward();
    l.backward();
    Numbers64 gamma(l.gamma.begin(), l.gamma.end()), beta(l.beta.begin(), l.beta.end());
    Numbers64 dgamma(gamma.size()), dbeta(gamma.size());
    for (std::ptrdiff_t i = 0; i < examples; ++i) {
        CAPTURE(i);
        Numbers64 x = column_of(l.x, i);
        const Numbers64 dy = column_of(l.dy, i);
        const auto forward = [&] { return exact_forward(l, x, gamma, beta); };
        CHECK(largest_difference(column_of(l.y, i), forward()) < 4e-6); // 2 ulp of 30
        Numbers64 dx;
        for (double& each : x) dx.push_back(slope_by(each, dy, forward));
        CHECK(largest_difference(column_of(l.dx, i), dx) < 2e-6);
        for (std::size_t r = 0; r < gamma.size(); ++r) {
            dgamma[r] += slope_by(gamma[r], dy, forward);
            dbeta[r] += slope_by(beta[r], dy, forward);
        }
    }
    CHECK(largest_difference(l.dgamma, dgamma) < 1e-5);
    if (centred) CHECK(largest_difference(l.dbeta, dbeta) < 1e-5);
}

} // namespace

TEST_CASE("layernorm and its gradients are what its formula and derivatives say") { check(true); }

TEST_CASE("rmsnorm and its gradients are what its formula and derivatives say") { check(false); }

TEST_CASE("what layernorm makes of an example does not depend on the others")
{
    Numbers numbers(2);
    Layer a(true, numbers), b(true, numbers);
    for (std::ptrdiff_t r = 0; r < rows; ++r) {
        b.x.at(r, 3) = a.x.at(r, 3);
        b.dy.at(r, 3) = a.dy.at(r, 3);
    }
    std::ranges::copy(a.gamma, b.gamma.begin());
    std::ranges::copy(a.beta, b.beta.begin());
    for (Layer* each : {&a, &b}) {
        each->forward();
        each->backward();
    }
    for (std::ptrdiff_t r = 0; r < rows; ++r) {
        CHECK(same_bits(a.y.at(r, 3), b.y.at(r, 3)));
        CHECK(same_bits(a.dx.at(r, 3), b.dx.at(r, 3)));
    }
}
