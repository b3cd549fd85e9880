#include "catch.hpp"
#include "kernels/columns.hpp"

#include <numeric>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

constexpr float eps = 1e-3f;

std::vector<std::ptrdiff_t> group_sizes(std::ptrdiff_t groups, Numbers& numbers)
{
    std::vector<std::ptrdiff_t> sizes;
    for (std::ptrdiff_t i = 0; i < groups; ++i) sizes.push_back(numbers.between(1, 9));
    return sizes;
}

struct Groups {
    Groups(std::ptrdiff_t groups, std::ptrdiff_t count, Numbers& numbers, Guard guard)
        : examples(count),
          rows(group_sizes(groups, numbers)),
          group_mean(groups, count, guard),
          group_scatter(groups, count, guard),
          mean(1, count, guard),
          inverse_std(1, count, guard)
    {
        group_mean.fill(numbers, 3.0f);
        group_scatter.fill(numbers, 5.0f);
        for (std::ptrdiff_t g = 0; g < groups; ++g) {
            for (float& each : group_scatter.row(g)) each = std::abs(each);
        }
    }

    void join(bool centred)
    {
        table().join_columns({.groups = group_scatter.rows(),
                              .examples = examples,
                              .group_rows = rows.data(),
                              .group_stride = group_scatter.stride(),
                              .group_mean = centred ? group_mean.data() : nullptr,
                              .group_scatter = group_scatter.data(),
                              .eps = eps,
                              .mean = centred ? mean.data() : nullptr,
                              .inverse_std = inverse_std.data()});
    }

    std::ptrdiff_t examples;
    std::vector<std::ptrdiff_t> rows;
    Columns group_mean, group_scatter, mean, inverse_std;
};

struct Joined {
    float mean, inverse_std;
};

Joined join_once(const Groups& a, std::ptrdiff_t example, bool centred)
{
    float mean = a.group_mean.at(0, example), scatter = a.group_scatter.at(0, example);
    float before = static_cast<float>(a.rows[0]);
    for (std::ptrdiff_t g = 1; g < a.group_scatter.rows(); ++g) {
        const float rows = static_cast<float>(a.rows[static_cast<std::size_t>(g)]), share = rows / (before + rows);
        const float d = a.group_mean.at(g, example) - mean;
        scatter += a.group_scatter.at(g, example);
        if (centred) {
            scatter = fma_once(d * d, before * share, scatter);
            mean = fma_once(share, d, mean);
        }
        before += rows;
    }
    return {mean, 1.0f / std::sqrt(scatter / before + eps)};
}

} // namespace

TEST_CASE("groups of rows are joined in their order, bit by bit")
{
    Numbers numbers(1);
    for (const std::ptrdiff_t examples : example_counts) {
        for (const std::ptrdiff_t groups : {1, 2, 3, 16}) {
            for (const bool centred : {false, true}) {
                CAPTURE(examples, groups, centred);
                Groups a(groups, examples, numbers, numbers.one_of({Guard::behind, Guard::before}));
                a.join(centred);
                for (std::ptrdiff_t i = 0; i < examples; ++i) {
                    const Joined wanted = join_once(a, i, centred);
                    if (centred) CHECK(same_bits(a.mean.at(0, i), wanted.mean));
                    CHECK(same_bits(a.inverse_std.at(0, i), wanted.inverse_std));
                }
                CHECK((a.mean.intact() && a.inverse_std.intact()));
            }
        }
    }
}

TEST_CASE("the moments of groups are those of all their rows")
{
    Numbers numbers(2);
    constexpr std::ptrdiff_t examples = 5, groups = 7;
    Groups a(groups, examples, numbers, Guard::behind);
    const std::ptrdiff_t n = std::accumulate(a.rows.begin(), a.rows.end(), std::ptrdiff_t{0});
    Rows x(n, examples, 0);
    x.fill(numbers);
    for (std::ptrdiff_t r = 0; r < n; ++r) x.at(r, 0) += 100.0f; // far from zero
    std::ptrdiff_t row = 0;
    for (std::ptrdiff_t g = 0; g < groups; ++g) {
        const std::ptrdiff_t rows = a.rows[static_cast<std::size_t>(g)];
        table().column_moments({.rows = rows,
                                .examples = examples,
                                .stride = x.stride(),
                                .x = &x.at(row, 0),
                                .mean = a.group_mean.of(g),
                                .scatter = a.group_scatter.of(g)});
        row += rows;
    }
    a.join(true);
    for (std::ptrdiff_t i = 0; i < examples; ++i) {
        double mean = 0.0, variance = 0.0;
        for (std::ptrdiff_t r = 0; r < n; ++r) mean += static_cast<double>(x.at(r, i)) / static_cast<double>(n);
        for (std::ptrdiff_t r = 0; r < n; ++r) variance += std::pow(x.at(r, i) - mean, 2.0) / static_cast<double>(n);
        CHECK(a.mean.at(0, i) == Approx(mean).margin(1e-6).epsilon(2e-7));
        CHECK(a.inverse_std.at(0, i) == Approx(1.0 / std::sqrt(variance + static_cast<double>(eps))).epsilon(1e-5));
    }
}
